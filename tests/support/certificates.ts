import { type CertificateExtension, generate } from 'selfsigned'

/** The host that a certificate is for. */
export type CertifiedHost = { type: 7; ip: string } | { type: 2; value: string }

/** A certificate authority that issues certificates for hosts. Everything is PEM text and valid for a day. */
export type Authority = {
  certificate: string
  issue(host: CertifiedHost): Promise<{ certificate: string; key: string }>
}

const create = async (name: string, extensions: CertificateExtension[], ca?: { key: string; cert: string }) => {
  const options = { keyType: 'ec', algorithm: 'sha256', notAfterDate: new Date(Date.now() + 86_400_000) } as const
  const made = await generate([{ name: 'commonName', value: name }], { ...options, extensions, ...(ca && { ca }) })
  return { certificate: made.cert, key: made.private }
}

export const createAuthority = async (name: string): Promise<Authority> => {
  const own = await create(name, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ])
  return {
    certificate: own.certificate,
    issue: (host) =>
      create('postgres', [{ name: 'subjectAltName', altNames: [host] }], { key: own.key, cert: own.certificate }),
  }
}
