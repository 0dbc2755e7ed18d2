import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  ;[ana, ben] = [await system.person(), await system.person()]
  for (let n = 0; n < 5; n++) await seedGeneration(system.admin, ben.id)
  await system.admin.query('analyze public.ai_generations, public.ai_suggestions')
})
afterAll(() => system?.stop())

const read = (prefer: string, { path = '/ai_generations?select=id', method = 'HEAD', token = ana.token } = {}) =>
  fetch(`${system.supabase.supabaseUrl}/rest/v1${path}`, {
    method,
    headers: {
      apikey: system.supabase.publishableKey,
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(prefer === '' ? {} : { prefer }),
    },
  })

describe('a count that Postgres would estimate from the rows of all people', () => {
  const readOfBen = (prefer: string) =>
    read(prefer, { path: `/ai_generations?select=id&user_id=eq.${ben.id}`, method: 'GET' })

  it.each(['count=planned', 'count=estimated', 'return=minimal, count=planned', 'count=exact,count=estimated'])(
    'is refused through PostgREST: Prefer: %s',
    async (prefer) => {
      expect((await readOfBen(prefer)).status).toBe(400)
    },
  )

  it.each(['COUNT=planned', 'count = planned', 'count="estimated"', 'Count=Estimated; x'])(
    'is not answered for another spelling: Prefer: %s',
    async (prefer) => {
      const answer = await readOfBen(prefer)
      expect(answer.headers.get('content-range') ?? '').not.toMatch(/\/\d/)
    },
  )

  it.each([
    '/ai_suggestions?select=id',
    '/ai_findings?select=id',
    '/accounts?select=id',
    '/account_members?select=user_id',
    '/cards?select=id',
    '/card_reviews?select=id',
    '/',
  ])('is refused for %s, signed in or not', async (path) => {
    for (const token of [ana.token, '']) expect((await read('count=planned', { path, token })).status).toBe(400)
  })

  it.each([[['count=planned', 'return=minimal']], [['return=minimal', 'count=planned']], [['count=planned', '']]])(
    'is refused when the header comes several times, of which PostgREST tells the database the last: Prefer: %j',
    async (prefer) => {
      const { supabaseUrl, publishableKey } = system.supabase
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const headers = { apikey: publishableKey, authorization: `Bearer ${ana.token}`, prefer }
        const path = `${supabaseUrl}/rest/v1/ai_generations?select=id&user_id=eq.${ben.id}`
        request(path, { headers }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end()
      })
      expect(status).toBe(400)
    },
  )

  it.each([
    'accounts',
    'account_members',
    'account_invitations',
    'ai_generations',
    'ai_suggestions',
    'ai_findings',
    'budget_alerts',
  ])('is refused where PostgREST runs no function before requests: %s', async (table) => {
    const explain = (headers: string) =>
      asPerson(system.supabase.adminUrl, ana.id, async (client) => {
        await client.query("select set_config('request.headers', $1, true)", [headers])
        await client.query(`select * from public.${table}`)
        return (await client.query(`explain (format json) select * from public.${table}`)).rows.length
      })
    await expect(explain('{}')).rejects.toMatchObject({ code: 'PT400' })
    // Without PostgREST, a developer may look at the plan.
    expect(await explain('')).toBe(1)
  })

  it('is refused to supabase-js, which gets exact counts', async () => {
    for (const count of ['planned', 'estimated'] as const) {
      const answer = await ana.client.from('ai_generations').select('id', { count })
      expect([answer.status, answer.error?.code, answer.count]).toEqual([400, 'PT400', null])
    }
    expect((await ana.client.from('ai_generations').select('id', { count: 'exact' })).count).toBe(0)
    expect((await ben.client.from('ai_generations').select('id', { count: 'exact' })).count).toBe(5)
  })
})

it.each(['', 'count=exact', 'return=representation', 'x=count, y=planned'])(
  'other requests through PostgREST are answered: Prefer: %s',
  async (prefer) => {
    expect((await read(prefer)).status).toBe(200)
  },
)
