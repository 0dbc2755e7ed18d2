import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { whenOver } from '../support/generations.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, callAs, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

const views = [
  'generations',
  'stuck',
  'routes',
  'provider-keys',
  'queue',
  'workers',
  'failures',
  'latest-failures',
  'cost-by-account',
]
const pathOf = (view: string) => `/api/operator/${view}`
const Rows = z.strictObject({
  data: z.array(z.record(z.string(), z.unknown())),
  next_cursor: z.null(),
  truncated: z.boolean(),
  read_at: z.iso.datetime(),
})
const healthPath = pathOf('health')
const operatorClaim = { recto_role: 'operator' }

let apiSystem: ApiSystem
let ana: ApiPerson
let read: (view: string) => Promise<z.infer<typeof Rows>>
let failed: string

/** Calls the API as a person whose token has other claims. */
const callWith = async (person: ApiPerson, overrides: Record<string, unknown>, expiresIn = 3600) => {
  const token = await apiSystem.system.supabase.issueToken({ sub: person.id, overrides, expiresIn })
  return callAs(apiSystem.send, { token })
}

beforeAll(async () => {
  apiSystem = await startApiSystem()
  apiSystem.system.model.setScript([{ match: { text: 'says-nothing' }, content: '{"cards": []}' }])
  await apiSystem.system.startWorker()
  ana = await apiSystem.person()
  const ben = await apiSystem.person()
  await whenOver(apiSystem.system, idOf(await ana.submit()))
  failed = idOf(await ana.submit({ source_text: newText({ marker: 'says-nothing' }) }))
  await whenOver(apiSystem.system, failed)
  await apiSystem.system.admin.query(
    `update public.ai_generations set error = error || '{"response_excerpt": "a secret card", "more": "a secret text"}' where id = $1`,
    [failed],
  )
  const call = await callWith(ben, { app_metadata: operatorClaim })
  read = async (view) => {
    const reply = await call('GET', pathOf(view))
    expect(outcomeOf(reply)).toBe('200')
    expect(reply.headers.get('cache-control')).toBe('private, no-cache')
    return Rows.parse(reply.json)
  }
})
afterAll(() => apiSystem?.stop())

describe('the endpoints of operators', () => {
  it('are those that /openapi.json lists, and each answers an operator', async () => {
    const { json } = await apiSystem.send('GET', '/openapi.json')
    const { paths } = z.object({ paths: z.record(z.string(), z.unknown()) }).parse(json)
    const offered = Object.keys(paths).filter((path) => path.startsWith('/api/operator'))
    expect(offered).toEqual([...views.map(pathOf), healthPath])
    for (const view of views) await read(view)
  })

  it.each<[string, Record<string, unknown>]>([
    ['no claim', {}],
    ['the claim in user_metadata, which everybody writes', { user_metadata: { recto_role: 'operator' } }],
    ['the claim beside app_metadata', { recto_role: 'operator' }],
    ['another role', { app_metadata: { recto_role: 'admin' } }],
    ['a list of roles', { app_metadata: { recto_role: ['operator'] } }],
    ['the name written otherwise', { app_metadata: { recto_role: 'Operator' } }],
    ['a list of metadata', { app_metadata: [operatorClaim] }],
    ['no metadata', { app_metadata: null }],
  ])('refuse a person whose token has %s', async (_what, overrides) => {
    const call = await callWith(ana, overrides)
    for (const path of [...views.map(pathOf), healthPath]) {
      const reply = await call('GET', path)
      expect([path, outcomeOf(reply)]).toEqual([path, '403 not_an_operator'])
      expect(reply.text).not.toMatch(/data|latency_ms/)
    }
  })

  it('refuse an operator whose token has expired, is that of another project or is not there', async () => {
    const expired = await callWith(ana, { app_metadata: operatorClaim }, -1)
    const foreign = await callWith(ana, { app_metadata: operatorClaim, iss: 'https://other.example/auth/v1' })
    const anonymous = await callWith(ana, { app_metadata: operatorClaim, role: 'anon' })
    for (const path of [...views.map(pathOf), healthPath]) {
      const replies = [expired, foreign, anonymous].map((call) => call('GET', path))
      replies.push(apiSystem.send('GET', path))
      for (const reply of await Promise.all(replies))
        expect(outcomeOf(reply)).toMatch(/^(401 unauthorized|429 rate_limited)$/)
    }
  })

  it('change nothing and take no parameters', async () => {
    const call = await callWith(ana, { app_metadata: operatorClaim })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(outcomeOf(await call(method, pathOf('stuck')))).toBe('405 method_not_allowed')
    expect(outcomeOf(await call('GET', `${pathOf('stuck')}?account_id=${ana.id}`))).toBe('400 invalid_request')
    expect(outcomeOf(await call('GET', pathOf('usage')))).toBe('404 not_found')
  })
})

describe('an operator reads', () => {
  it('what each service does, how long its check took, and why one is down, which /health does not say', async () => {
    const { admin, supabase } = apiSystem.system
    const call = await callWith(ana, { app_metadata: operatorClaim })
    const ok = { state: 'ok', latency_ms: expect.any(Number), error: null }
    const names = ['db', 'queue', 'auth', 'rest', 'workers', 'providers']
    const stateOf = async () => (await apiSystem.send('GET', '/health')).text
    // A worker measures the queue some seconds after its start.
    await until(async () => (await stateOf()).includes('"healthy"'), { what: 'a worker', timeoutMs: 30_000 })
    expect((await call('GET', healthPath)).json).toEqual({
      status: 'healthy',
      services: names.map((name) => ({ name, ...ok })),
      listening: true,
      uptime_seconds: expect.any(Number),
    })
    await admin.query('revoke execute on function recto.worker_alive(float8) from recto_api')
    try {
      await until(async () => (await stateOf()).includes('"workers":"down"'), { what: 'workers', timeoutMs: 30_000 })
      expect(await stateOf()).not.toMatch(/42501|latency|permission/)
      const reply = await call('GET', healthPath)
      expect(reply.json).toMatchObject({ status: 'degraded' })
      expect(reply.text).toContain('"name":"workers","state":"down"')
      expect(reply.text).toContain('"error":"42501"')
      expect(reply.text).not.toContain(supabase.secrets.passwords.recto_api)
    } finally {
      await admin.query('grant execute on function recto.worker_alive(float8) to recto_api')
    }
  })

  it('generations by state and age, with a row also for a state that no generation has', async () => {
    await apiSystem.system.admin.query(`update public.ai_generations set created_at = now() where status = 'succeeded'`)
    const ages = { under_1_minute: 1, under_10_minutes: 0, under_1_hour: 0, over_1_hour: 0 }
    // An answer may be some seconds old.
    await expect
      .poll(async () => (await read('generations')).data[3])
      .toEqual({ state: 'succeeded', count: 1, oldest_at: expect.any(String), ...ages })
    const { data } = await read('generations')
    expect(data.map(({ state }) => state)).toEqual([
      'waiting',
      'pending',
      'running',
      'succeeded',
      'failed',
      'cancelled',
    ])
    expect(data[2]).toMatchObject({ state: 'running', count: 0, oldest_at: null })
  })

  it('routes with breakers and keys, and the keys by their fingerprints', async () => {
    const [route] = (await read('routes')).data
    expect(route).toMatchObject({
      state: 'closed',
      openings: 0,
      keys: expect.any(Number),
      priced_on: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    })
    const keys = (await read('provider-keys')).data
    expect(keys.every(({ fingerprint }) => /^[0-9a-f]{12}$/.test(String(fingerprint)))).toBe(true)
    expect(keys.length).toBeGreaterThan(0)
  })

  it('the queue as it was measured, and the worker that lives', async () => {
    expect((await read('queue')).data.at(-1)).toMatchObject({ band: 0, depth: expect.any(Number) })
    expect((await read('workers')).data).toHaveLength(1)
  })

  it('failures grouped and one by one, with the error and without what a model wrote', async () => {
    const of = (rows: Record<string, unknown>[]) => rows.find(({ code }) => code === 'no_usable_cards')
    expect(of((await read('failures')).data)).toMatchObject({
      what: 'generation',
      count: 1,
      last_generation_id: failed,
    })
    const [latest] = (await read('latest-failures')).data
    expect(latest).toMatchObject({
      generation_id: failed,
      account_id: ana.id,
      error: { code: 'no_usable_cards', retryable: true, attempts: expect.any(Number) },
    })
    expect(JSON.stringify(latest)).not.toContain('secret')
  })

  it('the cost of this month by account as decimal strings, the deployment first', async () => {
    const { data } = await read('cost-by-account')
    expect(data.map(({ kind }) => kind)).toEqual(['deployment', 'personal'])
    expect(data[1]).toMatchObject({
      account_id: ana.id,
      generations: 2,
      cost_usd: expect.stringMatching(/^\d+(\.\d+)?$/),
    })
  })

  it('no text and no card in any answer', async () => {
    const answers = JSON.stringify(await Promise.all(views.map(read)))
    const { rows } = await apiSystem.system.admin.query(
      'select source_text as text from public.ai_generations union all select front from public.ai_suggestions union all select source_quote from public.ai_suggestions',
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const { text } of rows) expect(answers).not.toContain(text)
  })

  it('the last answer while it is fresh, so that a hundred requests cost at most two statements', async () => {
    const counted = async () => {
      const text = `select coalesce(sum(calls), 0)::int as n from extensions.pg_stat_statements where query like '%recto.operator_failures()%'`
      return Number((await apiSystem.system.admin.query(text)).rows[0]?.n)
    }
    const before = await counted()
    await Promise.all(Array.from({ length: 100 }, () => read('failures')))
    expect((await counted()) - before).toBeLessThanOrEqual(2)
  })
})
