import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogOf } from '../support/catalog.ts'
import { type System, startSystem } from '../support/system.ts'

const SECRET = 'sk-never-to-be-seen'

let system: System

beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

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
    ...['dummy', 'Test', 'PLACEHOLDER', '"dummy"', `${SECRET},test`].map((placeholder, n) => ({
      name: `with a placeholder as a key (${n + 1})`,
      env: () => ({ OPENROUTER_API_KEY: placeholder }),
      says: /OPENROUTER_API_KEY holds a placeholder \(dummy, test or placeholder\)/,
    })),
    {
      name: 'without the URL of its database',
      env: () => ({ WORKER_DATABASE_URL: '' }),
      says: /WORKER_DATABASE_URL: /,
    },
    {
      name: 'on a port that another process uses',
      env: () => ({ OPENROUTER_API_KEY: SECRET, WORKER_PORT: new URL(system.supabase.supabaseUrl).port }),
      says: /EADDRINUSE/,
    },
    {
      name: 'with both a key and a key file',
      env: () => ({ OPENROUTER_API_KEY: SECRET, OPENROUTER_API_KEY_FILE: '/nowhere' }),
      says: /OPENROUTER_API_KEY and OPENROUTER_API_KEY_FILE are both set/,
    },
    {
      name: 'with a missing key file',
      env: () => ({ OPENROUTER_API_KEY: '', OPENROUTER_API_KEY_FILE: '/nowhere' }),
      says: /OPENROUTER_API_KEY_FILE: the file cannot be read \(ENOENT\)/,
    },
    {
      name: 'with an invalid base URL',
      env: () => ({ OPENROUTER_API_KEY: SECRET, OPENROUTER_BASE_URL: 'example' }),
      says: /OPENROUTER_BASE_URL must be an http or https URL/,
    },
    {
      name: 'with a missing catalog',
      env: () => ({ RECTO_MODELS: '/nowhere/models.json' }),
      says: /RECTO_MODELS: the file cannot be read \(ENOENT\)/,
    },
    {
      name: 'with a catalog that is not JSON',
      env: () => ({ RECTO_MODELS: broken(`{${SECRET}`) }),
      says: /RECTO_MODELS: the file is not JSON/,
    },
    {
      name: 'with an invalid catalog',
      env: () => ({ RECTO_MODELS: listedTwice() }),
      says: /models\.1\.id: is listed twice/,
    },
    {
      name: 'with RECTO_VAULT on in a database without Supabase Vault',
      env: () => ({ OPENROUTER_API_KEY: SECRET, RECTO_VAULT: 'on' }),
      says: /RECTO_VAULT is on, but this database has no Supabase Vault/,
    },
  ]

  test.concurrent.for(cases)('$name, and says why without a stack', async ({ env, says }) => {
    const failed = await system.startWorker(env(), { ready: false })
    expect((await failed.exited).code).toBe(1)
    expect(failed.log()).toMatch(says)
    expect(failed.log()).not.toContain(SECRET)
    expect(failed.log()).not.toMatch(/^ +at /m)
  })
})

test('a worker that has started leaves the CPU to others, and an API does not', async () => {
  const [worker, api] = await Promise.all([system.startWorker(), system.startApi()])
  const prioritiesOf = (pid: number) => [
    getPriority(pid),
    Number(/-?\d+$/m.exec(existsSync(`/proc/${pid}/autogroup`) ? readFileSync(`/proc/${pid}/autogroup`, 'utf8') : '0')),
  ]
  const isLower = () => prioritiesOf(worker.pid).some((priority) => priority >= 6)
  await until(isLower, { what: 'a lower priority of the worker', timeoutMs: 10_000 })
  expect(prioritiesOf(api.pid)).toEqual([getPriority(), 0])
})

test('an API without a Supabase project does not start, and says why without a stack', async () => {
  const failed = await system.startApi({ SUPABASE_URL: '', API_DATABASE_URL: 'mysql://host' }, { ready: false })
  expect((await failed.exited).code).toBe(1)
  for (const variable of ['SUPABASE_URL', 'API_DATABASE_URL']) expect(failed.log()).toContain(`  ${variable}: `)
  expect(failed.log()).not.toMatch(/^ +at /m)
})
