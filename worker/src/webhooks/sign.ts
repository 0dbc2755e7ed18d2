import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/** A symmetric secret (`whsec_`), and an ed25519 key (`whsk_`): 32 bytes of its seed and 32 of the public key. */
export type SigningKeys = { secret: string; private_key: string }

/** What precedes the seed of an ed25519 key in PKCS #8 (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const signAsymmetric = (privateKey: string, content: string): string => {
  const seed = Buffer.from(privateKey.slice('whsk_'.length), 'base64').subarray(0, 32)
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' })
  return `v1a,${signBytes(null, Buffer.from(content), key).toString('base64')}`
}

/**
 * The headers of a request as Standard Webhooks describes them, with a signature `v1` and one `v1a` of each of `keys`.
 * `at`: epoch milliseconds.
 */
export const signedHeaders = (id: string, at: number, body: string, keys: SigningKeys[]): Record<string, string> => {
  const seconds = Math.floor(at / 1000)
  const signatures = [
    ...keys.map(({ secret }) => new Webhook(secret).sign(id, new Date(at), body)),
    ...keys.map(({ private_key }) => signAsymmetric(private_key, `${id}.${seconds}.${body}`)),
  ]
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}
