import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { type Child, childReady, startChild, stopChild } from '@recto/local/processes'
import { createAuthority } from '../support/certificates.ts'

/** The public names that a server with Recto calls. */
export type PublicNames = { certificates: string; supabase: string; pooler: string; models: string }

/** A start-up message of Postgres without the project's name behind that of the role. */
const withoutProject = (startup: Buffer): Buffer => {
  const rest = startup
    .subarray(4)
    .toString('latin1')
    .replace(/(user\0[^.\0]+)\.[^\0]+/, '$1')
  const message = Buffer.from(`\0\0\0\0${rest}`, 'latin1')
  message.writeInt32BE(message.length)
  return message
}

/**
 * Starts what stands for the session pooler of a hosted project: it takes only connections with TLS, and roles are
 * named `recto_api.<project>`.
 */
export const startProjectPooler = async (host: string, postgresPort: number) => {
  const open = new Set<Socket>()
  const { certificate: cert, key } = await (await createAuthority('pooler')).issue({ type: 7, ip: host })
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    // A client asks for TLS before all else.
    socket.once('data', (asked) => {
      if (asked.length !== 8) return socket.destroy()
      const secure = new TLSSocket(socket, { isServer: true, cert, key })
      const far = connect(postgresPort, '127.0.0.1')
      far.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      secure.on('error', () => far.destroy()).on('close', () => far.destroy())
      secure.once('data', (startup) => {
        far.write(withoutProject(startup))
        secure.pipe(far)
        far.pipe(secure)
      })
      socket.write('S')
      return undefined
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(5432, host, resolve))
  return {
    stop: (): void => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

/**
 * Starts a Caddy at `host` in place of what a server reaches by HTTPS: an authority that issues certificates by ACME to
 * `domain`, once it has seen that the name leads to who asks, and the public addresses of a Supabase project and a
 * provider of models.
 */
export const startPublicSites = async ({
  host,
  names,
  upstreams,
  domain,
}: {
  host: string
  names: PublicNames
  upstreams: { supabase: string; models: string }
  domain: { name: string; address: string }
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-internet-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost\n${domain.address} ${domain.name}\n`)
  const site = (name: string, body: string) => `https://${name} {\n\tbind ${host}\n\ttls internal\n${body}\n}\n`
  const config = [
    '{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n',
    site(names.certificates, '\trewrite /directory /acme/local/directory\n\tacme_server'),
    site(names.supabase, `\treverse_proxy ${new URL(upstreams.supabase).host}`),
    site(names.models, `\treverse_proxy ${new URL(upstreams.models).host}`),
  ]
  writeFileSync(join(folder, 'Caddyfile'), config.join(''))
  const caddy: Child = await startChild({
    name: 'internet',
    command: 'bwrap',
    args: [
      ...['--dev-bind', '/', '/', '--ro-bind', join(folder, 'hosts'), '/etc/hosts', '--die-with-parent'],
      ...['caddy', 'run', '--config', join(folder, 'Caddyfile')],
    ],
    env: { PATH: process.env.PATH, XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') },
    logFile: join(folder, 'log'),
  })
  let authority = ''
  const isReady = () => {
    try {
      authority = readFileSync(join(folder, 'data/caddy/pki/authorities/local/root.crt'), 'utf8')
      return readFileSync(caddy.logFile, 'utf8').includes('serving initial configuration')
    } catch {
      return false
    }
  }
  await childReady(caddy, { title: 'Caddy', isReady, timeoutMs: 60_000 })
  return {
    /** The certificate of the authority, which a server has to trust as it trusts those of the real internet. */
    authority,
    stop: async (): Promise<void> => {
      await stopChild(caddy, 'SIGTERM', 5_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
