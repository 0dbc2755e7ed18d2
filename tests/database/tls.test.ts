import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '@recto/local/home'
import { until } from '@recto/local/until'
import { createPool, rowsOf } from '@recto/shared/database'
import { listen } from '@recto/shared/listen'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Authority, type CertifiedHost, createAuthority } from '../support/certificates.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let [own, other]: Authority[] = []
const files = { own: '', other: '' }
beforeAll(async () => {
  system = await startSystem()
  ;[own, other] = [await createAuthority('Own'), await createAuthority('Other')]
  for (const [name, authority] of Object.entries({ own, other })) {
    files[name as keyof typeof files] = join(system.folder, `${name}.crt`)
    writeFileSync(join(system.folder, `${name}.crt`), authority.certificate)
  }
  await serveAs({ type: 7, ip: '127.0.0.1' })
})
afterAll(() => system?.stop())

/** Gives Postgres a certificate of the own authority. Postgres writes the files, because it must own its key. */
const serveAs = async (host: CertifiedHost) => {
  const { certificate, key } = (await own?.issue(host)) ?? { certificate: '', key: '' }
  const { admin } = system
  const { rows } = await admin.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
  for (const [name, text] of Object.entries({ 'server.crt': certificate, 'server.key': key })) {
    const lines = text.split('\n').map((line) => `('${line}')`)
    await admin.query(`copy (values ${lines.join(', ')}) to program $$umask 077; cat > '${rows[0]?.folder}/${name}'$$`)
  }
  await admin.query('alter system set ssl = on')
  await admin.query('select pg_reload_conf()')
  const encrypted = async () => (await admin.query<{ ssl: string }>('show ssl')).rows[0]?.ssl === 'on'
  await until(encrypted, { what: 'TLS of Postgres', timeoutMs: 30_000 })
}

const Encrypted = z.object({ ssl: z.boolean() })

/** Whether a connection by this URL is encrypted; the code or message of its error when there is none. */
const connect = async (parameters: string): Promise<boolean | string> => {
  const url = `${system.supabase.workerDatabaseUrl}${parameters}`
  const pool = createPool({ url, name: 'recto_worker', max: 1, connectMs: 5_000 }, () => undefined)
  const statement = { name: 'tls', text: 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' }
  return pool
    .query(statement)
    .then((answer) => rowsOf(answer, Encrypted)[0]?.ssl ?? 'no row')
    .catch((error: Error & { code?: string }) => error.code ?? error.message)
    .finally(() => pool.end())
}

const withRoot = (mode: string, root: keyof typeof files) =>
  `?sslmode=${mode}&sslrootcert=${encodeURIComponent(files[root])}`

describe('a connection to Postgres', () => {
  test('is encrypted by sslmode=require, whose certificate nobody checks', async () => {
    expect(await connect('')).toBe(false)
    expect(await connect('?sslmode=disable')).toBe(false)
    expect(await connect('?sslmode=require')).toBe(true)
  })

  test.each(['require', 'verify-ca', 'verify-full'])(
    'by sslmode=%s with a root certificate trusts only that CA',
    async (mode) => {
      expect(await connect(withRoot(mode, 'own'))).toBe(true)
      expect(await connect(withRoot(mode, 'other'))).toMatch(
        /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET/,
      )
    },
  )

  test('by sslmode=verify-full without a root certificate trusts the CAs of Node only', async () => {
    for (const parameters of ['?sslmode=verify-full', '?sslmode=verify-full&sslrootcert=system'])
      expect(await connect(parameters)).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET/)
  })

  test('checks the host name by sslmode=verify-full and not by sslmode=verify-ca', async () => {
    await serveAs({ type: 2, value: 'db.example' })
    try {
      await until(async () => (await connect(withRoot('verify-full', 'own'))) === 'ERR_TLS_CERT_ALTNAME_INVALID', {
        what: 'the certificate of another host',
        timeoutMs: 30_000,
      })
      expect(await connect(withRoot('verify-ca', 'own'))).toBe(true)
    } finally {
      await serveAs({ type: 7, ip: '127.0.0.1' })
      await until(async () => (await connect(withRoot('verify-full', 'own'))) === true, {
        what: 'the certificate of this host',
        timeoutMs: 30_000,
      })
    }
  })
})

test('API, worker and their listeners connect over verified TLS', async () => {
  const parameters = withRoot('verify-full', 'own')
  const api = await system.startApi({ API_DATABASE_URL: `${system.supabase.apiDatabaseUrl}${parameters}` })
  const worker = await system.startWorker({ WORKER_DATABASE_URL: `${system.supabase.workerDatabaseUrl}${parameters}` })
  const { rows } = await system.admin.query<{ name: string; ssl: boolean }>(
    `select distinct application_name as name, ssl from pg_stat_activity join pg_stat_ssl using (pid)
     where application_name like 'recto%' order by 1`,
  )
  expect(rows.map(({ ssl }) => ssl)).not.toContain(false)
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['recto_api_listen', 'recto_worker_listen']))
  await Promise.all([api.stop(), worker.stop()])
})

test('a listener of another CA is never connected', async () => {
  const listener = listen({
    url: `${system.supabase.workerDatabaseUrl}${withRoot('verify-full', 'other')}`,
    name: 'recto_worker_listen',
    channels: ['recto_jobs'],
    onMessage: () => undefined,
    onConnect: () => expect.unreachable('connected'),
    reconnectMs: 50,
    checkMs: 1_000,
  })
  const failures = async () => (await connect(withRoot('verify-full', 'other'))) !== true
  await until(failures, { what: 'an attempt', timeoutMs: 30_000 })
  expect(listener.connected()).toBe(false)
  await listener.stop()
})

const migrate = async (parameters: string) => {
  const env = { ...process.env, DATABASE_URL: `${system.supabase.databaseUrl}${parameters}` }
  const child = spawn(process.execPath, [join(projectRoot, 'migrate', 'src', 'main.ts')], { env, cwd: projectRoot })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part))
  const [code] = await once(child, 'exit')
  return { code, output }
}

test('npm run migrate connects over verified TLS, and not to another CA', async () => {
  expect(await migrate(withRoot('verify-full', 'own'))).toMatchObject({ code: 0 })
  const { code, output } = await migrate(withRoot('verify-full', 'other'))
  expect(code).not.toBe(0)
  expect(output).toMatch(/certificate/i)
})

test('a process with TLS parameters that make no sense ends at once and says which', async () => {
  const worker = await system.startWorker(
    { WORKER_DATABASE_URL: `${system.supabase.workerDatabaseUrl}?sslmode=verify-ca` },
    { ready: false },
  )
  await worker.exited
  expect(worker.log()).toContain('WORKER_DATABASE_URL: sslmode=verify-ca needs sslrootcert, the file of a CA')
})
