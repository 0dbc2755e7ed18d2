import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@recto/local/ports'
import { postgresUser } from '@recto/local/postgres-user'
import { childReady, startChild, stopChild } from '@recto/local/processes'
import type { Supabase } from '@recto/local/supabase'

export type PoolMode = 'session' | 'transaction'

/** Connections to Postgres for each role in transaction mode: fewer than the processes open, so that they share them. */
export const SHARED = 3

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/**
 * Starts Debian's PgBouncer in front of a system's Postgres. The name of a database says how its connections are pooled:
 * `session` and `transaction`.
 */
export const startPgBouncer = async ({ apiDatabaseUrl, workerDatabaseUrl }: Supabase) => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-pgbouncer-'))
  const port = await freePort()
  const logins = [apiDatabaseUrl, workerDatabaseUrl].map((url) => new URL(url))
  const [{ hostname, port: postgresPort, pathname } = new URL(apiDatabaseUrl)] = logins
  const target = `host=${hostname} port=${postgresPort} dbname=${pathname.slice(1)}`
  const users = logins.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"\n`)
  const config = `[databases]
session = ${target} pool_mode=session pool_size=60
transaction = ${target} pool_mode=transaction pool_size=${SHARED}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
max_client_conn = 400
`
  // Its user has to read them, and it does not run as root.
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'users.txt'), users.join(''))
  writeFileSync(join(folder, 'pgbouncer.ini'), config)
  const child = await startChild({
    name: 'pgbouncer',
    command: 'pgbouncer',
    args: [join(folder, 'pgbouncer.ini')],
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    logFile: join(folder, 'log'),
    runAs: postgresUser(),
  })
  // A test run that is interrupted leaves no process behind.
  const endNow = () => child.kill('SIGKILL')
  process.once('exit', endNow)
  await childReady(child, { title: 'PgBouncer', isReady: () => accepts(port), timeoutMs: 30_000 })

  const urlOf = (role: string, mode: PoolMode): string => {
    const url = new URL(role)
    Object.assign(url, { hostname: '127.0.0.1', port: String(port), pathname: `/${mode}` })
    return url.href
  }
  return {
    /** The addresses of both processes' databases through the pooler. */
    through: (mode: PoolMode) => ({
      api: { API_DATABASE_URL: urlOf(apiDatabaseUrl, mode) },
      worker: { WORKER_DATABASE_URL: urlOf(workerDatabaseUrl, mode) },
    }),
    stop: async (): Promise<void> => {
      process.off('exit', endNow)
      await stopChild(child, 'SIGINT', 10_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type PgBouncer = Awaited<ReturnType<typeof startPgBouncer>>
