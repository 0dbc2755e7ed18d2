import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import type { Catalog } from '@recto/shared/catalog'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, costOf, type GenerationRow, whenOver } from '../support/generations.ts'
import { metric } from '../support/metrics.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

/** Every key of this file holds this, so that one look finds any of them. (/proc/<pid>/environ is the kernel's copy: Recto cannot clear it.) */
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
afterAll(async () => {
  await submitter.stop()
  await system.stop()
})

/** One worker at a time has the queue; what it said is kept. */
const startWorker = async (catalog: Catalog, env: Record<string, string>): Promise<Service> => {
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

const run = async (model = 'balanced'): Promise<GenerationRow> => {
  const id = await submitter.submit(await system.person(), { source_text: newText(), model })
  return whenOver(system, id)
}

/** The keys that a server was sent, in order. */
const keysSeen = ({ requests }: ModelServer) => requests.map((request) => request.key)

type Served = { key_fingerprint: string; outcome: string; hedge: boolean; provider: string; cost_usd: string }
const served = async (): Promise<Served[]> => {
  const text = `select key_fingerprint, outcome, hedge, provider, cost_usd from public.ai_calls order by started_at desc`
  return (await system.admin.query<Served>(text)).rows
}

const withServer = async (
  terms: Parameters<typeof startModelServer>[0],
  work: (server: ModelServer) => Promise<void>,
) => {
  const server = await startModelServer(terms)
  try {
    await work(server)
  } finally {
    await stopWorker()
    await server.stop()
  }
}

const acme = (server: ModelServer, more: object = {}) =>
  catalogOf({ providers: { acme: { base_url: server.url, ...more } }, models: { 'acme/one': ['acme'] } })

describe('a provider that is an entry of a catalog and a key', () => {
  test('serves, is sent what it wants, and is paid in its own currency', () =>
    withServer(
      {
        keys: [key('acme'), key('hasty')],
        report_cost: false,
        refuses: ['temperature', 'stream_options', 'max_completion_tokens'],
        requires: ['max_tokens', 'store'],
      },
      async (server) => {
        const price = { input_per_million: '0.153', output_per_million: '0.357', currency: 'EUR', as_of: '2026-11-01' }
        const quirks = {
          omit: ['temperature' as const, 'stream_options' as const],
          tokens_field: 'max_tokens' as const,
          extra: { store: false },
        }
        const catalog = catalogOf({
          providers: { acme: { base_url: server.url, region: 'eu', quirks }, hasty: { base_url: server.url } },
          models: { 'acme/one': ['acme'], 'hasty/one': ['hasty'] },
          prices: { acme: price },
          rates: { EUR: { usd: '1.1537', as_of: '2026-11-20' } },
        })
        await startWorker(catalog, { ACME_API_KEY: key('acme'), HASTY_API_KEY: key('hasty') })

        const ended = await run('acme/one')
        expect(ended).toMatchObject({
          status: 'succeeded',
          ai_metadata: { provider: 'acme', model: 'acme/one', region: 'eu' },
        })
        const { rows } = await system.admin.query(
          `select cost_source, fx_rate::text, region, key_fingerprint, reserved_usd > cost_usd as reserved_enough, tokens_input > 0 as counted,
            cost_usd = (tokens_input * 0.153 + tokens_output * 0.357) * 0.000001 * 1.1537 as exact
          from public.ai_calls where generation_id = $1`,
          [ended.id],
        )
        expect(rows).toEqual([
          {
            cost_source: 'price_list',
            fx_rate: '1.1537',
            region: 'eu',
            key_fingerprint: fingerprint(key('acme')),
            reserved_enough: true,
            counted: true,
            exact: true,
          },
        ])
        expect(ended.cost_usd).toBe(await costOf(system, ended.id))

        expect(await run('hasty/one')).toMatchObject({ status: 'failed', error: { code: 'invalid_request' } })
      },
    ))
})

describe('keys', () => {
  test('take turns; one that is refused rests, and costs nobody a card', () =>
    withServer({ keys: [key('a'), key('b')] }, async (server) => {
      const one = await startWorker(acme(server), { ACME_API_KEY: [key('a'), key('revoked'), key('b')].join(',') })
      for (let n = 0; n < 6; n++) expect(await run()).toMatchObject({ status: 'succeeded', attempts: 1 })
      const expected = [key('a'), key('revoked'), key('b'), key('a'), key('b'), key('a'), key('b')]
      expect(keysSeen(server)).toEqual(expected)
      expect((await served()).slice(0, 7).reverse()).toMatchObject(
        expected.map((text) => ({
          key_fingerprint: fingerprint(text),
          outcome: text === key('revoked') ? 'auth' : 'ok',
        })),
      )
      expect(await metric(one, 'recto_provider_keys{provider="acme",state="resting"}')).toBe(1)
      expect(await metric(one, 'recto_provider_keys{provider="acme",state="usable"}')).toBe(2)
      expect(await metric(one, 'recto_route_state{provider="acme",model="acme/one"}')).toBe(0)
    }))

  test('come from a file, which is read again on SIGHUP', () =>
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
        await until(() => one.log().split(line).length > before, { what: line, timeoutMs: 5_000 })
      }
      await reread(`${key('new')}\n`, '"keys read"')
      await run()
      expect(keysSeen(server)).toEqual([key('old'), key('new')])
      expect((await served())[0]?.key_fingerprint).toBe(fingerprint(key('new')))

      await reread('# none left\n', '"keys not read"')
      expect(await run()).toMatchObject({ status: 'succeeded' })
      expect(keysSeen(server).at(-1)).toBe(key('new'))
      expect(one.alive()).toBe(true)
    }))

  // There is no Supabase Vault here: a schema of the same shape stands for it.
  test('come from Supabase Vault, which is read again on SIGHUP', () =>
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
        await until(() => one.log().includes('"keys read"'), { what: 'the keys being read', timeoutMs: 5_000 })
        await run()
        expect(keysSeen(server)).toEqual([key('in-vault'), key('moved')])
      } finally {
        await system.admin.query('drop schema vault cascade')
      }
    }))
})

describe('hedging', () => {
  test('asks a second provider when the first is slow; the first answer wins, and both are on record with their cost', () =>
    withServer({ name: 'second' }, async (second) => {
      system.model.setScript([{ match: { text: 'is slow' }, first_token_ms: 20, hang: 'stream', hang_after_chunks: 3 }])
      const catalog = catalogOf({
        providers: { first: { base_url: system.model.url }, second: { base_url: second.url } },
        models: { 'any/one': ['first', 'second'] },
      })
      await startWorker(catalog, { FIRST_API_KEY: key('first'), SECOND_API_KEY: key('second'), MODEL_HEDGE_MS: '200' })

      expect(await run()).toMatchObject({
        status: 'succeeded',
        ai_metadata: { provider: 'first', timing: { requests: 1 } },
      })
      expect(second.requests).toEqual([])

      const marker = 'is-slow'
      const text = newText({ marker }).replaceAll('granite', 'granite that is slow')
      const id = await submitter.submit(await system.person(), { source_text: text })
      const ended = await whenOver(system, id)
      expect(ended).toMatchObject({
        status: 'succeeded',
        attempts: 1,
        ai_metadata: { provider: 'second', timing: { requests: 2 } },
      })
      expect(Number(Object(ended.ai_metadata.timing).total_ms)).toBeLessThan(3_000)

      const [slow] = system.model.requests.filter(({ generationMarker }) => generationMarker === marker)
      const [quick] = second.requests
      expect(slow).toMatchObject({ aborted: true })
      const [first, hedge] = (await served()).slice(0, 2).reverse()
      expect(first).toMatchObject({ provider: 'first', outcome: 'aborted', hedge: false })
      expect(hedge).toMatchObject({ provider: 'second', outcome: 'ok', hedge: true, cost_usd: quick?.chargedUsd })
      // Nobody said what the first one cost: what stands for it is no less than its bill.
      expect(Number(first?.cost_usd)).toBeGreaterThanOrEqual(Number(slow?.chargedUsd))
      expect(Number(slow?.chargedUsd)).toBeGreaterThan(0)
      expect((await calls(system, id)).every(({ finished_at }) => finished_at !== null)).toBe(true)
      expect(ended.cost_usd).toBe(await costOf(system, id))
    }))
})

test('no key is in a log, in a row, or in the metrics', async () => {
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

describe('a worker does not start', () => {
  const broken = (text: string) => {
    const path = join(system.folder, `broken-${crypto.randomUUID()}.json`)
    writeFileSync(path, text)
    return path
  }
  const listedTwice = () => {
    const catalog = catalogOf({ providers: { acme: { base_url: system.model.url } }, models: { 'acme/one': ['acme'] } })
    return broken(JSON.stringify({ ...catalog, models: [...catalog.models, ...catalog.models] }))
  }
  const cases: { name: string; env: () => Record<string, string>; says: RegExp }[] = [
    {
      name: 'without a key',
      env: () => ({ OPENROUTER_API_KEY: '' }),
      says: /no provider has a key: set one of OPENROUTER_API_KEY, /,
    },
    {
      name: 'with a key twice',
      env: () => ({ OPENROUTER_API_KEY: key('x'), OPENROUTER_API_KEY_FILE: '/nowhere' }),
      says: /OPENROUTER_API_KEY and OPENROUTER_API_KEY_FILE are both set/,
    },
    {
      name: 'with a file of keys that is not there',
      env: () => ({ OPENROUTER_API_KEY: '', OPENROUTER_API_KEY_FILE: '/nowhere' }),
      says: /OPENROUTER_API_KEY_FILE: the file cannot be read \(ENOENT\)/,
    },
    {
      name: 'with a base URL that is none',
      env: () => ({ OPENROUTER_API_KEY: key('x'), OPENROUTER_BASE_URL: 'example' }),
      says: /OPENROUTER_BASE_URL must be an http or https URL/,
    },
    {
      name: 'with a catalog that is not there',
      env: () => ({ RECTO_MODELS: '/nowhere/models.json' }),
      says: /RECTO_MODELS: the file cannot be read \(ENOENT\)/,
    },
    {
      name: 'with a catalog that is not JSON',
      env: () => ({ RECTO_MODELS: broken(`{${key('in a file')}`) }),
      says: /RECTO_MODELS: the file is not JSON/,
    },
    {
      name: 'with a catalog that is wrong',
      env: () => ({ RECTO_MODELS: listedTwice() }),
      says: /models\.1\.id: is listed twice/,
    },
    {
      name: 'with a vault that the database has not',
      env: () => ({ OPENROUTER_API_KEY: key('x'), RECTO_VAULT: 'on' }),
      says: /RECTO_VAULT is on, but this database has no Supabase Vault/,
    },
  ]

  test.concurrent.for(cases)('$name, and says why', async ({ env, says }) => {
    const failed = await system.startWorker(env(), { ready: false })
    expect((await failed.exited).code).toBe(1)
    expect(failed.log()).toMatch(says)
    expect(failed.log()).not.toContain(SECRET)
  })
})
