import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { type GenerationRow, whenOver } from '../support/generations.ts'
import { metric } from '../support/metrics.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

/**
 * A part of every key in this file, so that one search finds any of them. The test does not search /proc/<pid>/environ:
 * it is the kernel's copy, which Recto cannot clear.
 */
const SECRET = 'sk-never-to-be-seen'
const key = (name: string) => `${SECRET}-${name}`
const fingerprint = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

let system: System
let submitter: Submitter
let worker: Service | undefined
const logs: string[] = []
const metrics: string[] = []

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.limit(1_000_000, 60)
})
afterAll(() => system?.stop())

/** Starts a worker after the last one has stopped, so that only one takes jobs. */
const startWorker = async (catalog: ReturnType<typeof catalogOf>, env: Record<string, string>): Promise<Service> => {
  await stopWorker()
  worker = await system.startWorker({ ...catalogEnv(system, catalog), ...env })
  return worker
}
const stopWorker = async () => {
  if (!worker) return
  metrics.push(await (await fetch(`${worker.url}/metrics`)).text())
  await worker.stop()
  logs.push(worker.log())
  worker = undefined
}

const run = async (): Promise<GenerationRow> => {
  const id = await submitter.submit(await system.person(), { source_text: newText() })
  return whenOver(system, id)
}

/** The keys of the requests that a server received, in order. */
const keysSeen = ({ requests }: ModelServer) => requests.map((request) => request.key)

type CallKey = { key_fingerprint: string; outcome: string }
const callKeys = async (): Promise<CallKey[]> => {
  const text = `select key_fingerprint, outcome from public.ai_calls order by started_at desc`
  return (await system.admin.query<CallKey>(text)).rows
}

const withServer = async (
  options: Parameters<typeof startModelServer>[0],
  work: (server: ModelServer) => Promise<void>,
) => {
  const server = await startModelServer(options)
  try {
    await work(server)
  } finally {
    await stopWorker()
    await server.stop()
  }
}

const acme = (server: ModelServer, more: object = {}) =>
  catalogOf({ providers: { acme: { base_url: server.url, ...more } }, models: { 'acme/one': ['acme'] } })

describe('API keys', () => {
  test('are used in turn, and a key that is not accepted rests without failing a generation', () =>
    withServer({ keys: [key('a'), key('b')] }, async (server) => {
      const one = await startWorker(acme(server), { ACME_API_KEY: [key('a'), key('revoked'), key('b')].join(',') })
      for (let n = 0; n < 6; n++) expect(await run()).toMatchObject({ status: 'succeeded', attempts: 1 })
      const expected = [key('a'), key('revoked'), key('b'), key('a'), key('b'), key('a'), key('b')]
      expect(keysSeen(server)).toEqual(expected)
      expect((await callKeys()).slice(0, 7).reverse()).toMatchObject(
        expected.map((text) => ({
          key_fingerprint: fingerprint(text),
          outcome: text === key('revoked') ? 'auth' : 'ok',
        })),
      )
      expect(await metric(one, 'recto_provider_keys{provider="acme",state="resting"}')).toBe(1)
      expect(await metric(one, 'recto_provider_keys{provider="acme",state="usable"}')).toBe(2)
      expect(await metric(one, 'recto_route_state{provider="acme",model="acme/one"}')).toBe(0)
    }))

  test('are read from a file, and again on SIGHUP', () =>
    withServer({}, async (server) => {
      const file = join(system.folder, 'acme-keys')
      writeFileSync(file, `# of November\n${key('old')}\n`)
      const one = await startWorker(acme(server), { ACME_API_KEY: '', ACME_API_KEY_FILE: file })
      await run()
      expect(keysSeen(server)).toEqual([key('old')])

      const reread = async (text: string, line: string) => {
        writeFileSync(file, text)
        const before = one.log().split(line).length
        one.kill('SIGHUP')
        await until(() => one.log().split(line).length > before, { what: line, timeoutMs: 30_000 })
      }
      await reread(`${key('new')}\n`, '"keys reloaded"')
      await run()
      expect(keysSeen(server)).toEqual([key('old'), key('new')])
      expect((await callKeys())[0]?.key_fingerprint).toBe(fingerprint(key('new')))

      await reread('# none left\n', '"key reload failed"')
      expect(await run()).toMatchObject({ status: 'succeeded' })
      expect(keysSeen(server).at(-1)).toBe(key('new'))
      expect(one.alive()).toBe(true)
    }))

  test('that replace one without credit are used at once, although the route was to rest for minutes', () =>
    withServer({}, async (server) => {
      const file = join(system.folder, 'acme-renewed')
      writeFileSync(file, key('empty'))
      const one = await startWorker(acme(server), { ACME_API_KEY: '', ACME_API_KEY_FILE: file })
      const health = async () => {
        const { rows } = await system.admin.query(
          `select state, reason, open_until > now() + interval '4 minutes' as resting
           from public.ai_routes_health where provider = 'acme'`,
        )
        return rows[0]
      }
      server.setScript([{ status: 402, body: { error: { code: 402, message: 'Insufficient credits' } } }])
      expect(await run()).toMatchObject({ status: 'failed', error: { code: 'provider_credit_exhausted' } })
      const wait = { what: 'the new state of the route', timeoutMs: 30_000 }
      await until(async () => (await health())?.resting === true, wait)
      expect(await health()).toMatchObject({ state: 'open', reason: 'provider_credit_exhausted' })

      server.setScript([])
      writeFileSync(file, key('renewed'))
      one.kill('SIGHUP')
      await until(async () => (await health())?.resting === false, wait)
      expect(await run()).toMatchObject({ status: 'succeeded', attempts: 1 })
      expect(keysSeen(server)).toEqual([key('empty'), key('renewed')])
      expect(await metric(one, 'recto_route_state{provider="acme",model="acme/one"}')).toBe(0)
      await until(async () => (await health())?.state === 'closed', wait)
    }))

  // The test database has no Supabase Vault. A schema of the same shape replaces it.
  test('are read from Supabase Vault, and again on SIGHUP', () =>
    withServer({}, async (server) => {
      const store = (text: string) =>
        system.admin.query(
          `insert into vault.decrypted_secrets values ('recto/ACME_API_KEY', $1), ('ACME_API_KEY', 'of-somebody-else')
          on conflict (name) do update set decrypted_secret = excluded.decrypted_secret`,
          [text],
        )
      await system.admin.query(`create schema vault
        create table decrypted_secrets (name text primary key, decrypted_secret text)
        grant select on decrypted_secrets to postgres;
        grant usage on schema vault to postgres`)
      try {
        await store(key('in-vault'))
        const one = await startWorker(acme(server), { ACME_API_KEY: '', RECTO_VAULT: 'on' })
        await run()
        await store(key('moved'))
        one.kill('SIGHUP')
        await until(() => one.log().includes('"keys reloaded"'), { what: 'the keys being read', timeoutMs: 30_000 })
        await run()
        expect(keysSeen(server)).toEqual([key('in-vault'), key('moved')])
      } finally {
        await system.admin.query('drop schema vault cascade')
      }
    }))
})

test('no API key appears in logs, tables or metrics', async () => {
  await stopWorker()
  const tables = [
    'public.ai_generations',
    'public.ai_calls',
    'public.ai_suggestions',
    'public.ai_routes_health',
    'pgboss.job',
  ]
  for (const table of tables) {
    const { rowCount } = await system.admin.query(`select from ${table} t where strpos(t::text, $1) > 0`, [SECRET])
    expect([table, rowCount]).toEqual([table, 0])
  }
  expect(logs.length).toBeGreaterThan(0)
  for (const kept of [...logs, ...metrics]) expect(kept).not.toContain(SECRET)
})
