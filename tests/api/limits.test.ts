import { until } from '@recto/local/until'
import { createClient } from '@supabase/supabase-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addAdmissions } from '../support/admissions.ts'
import { givePlan } from '../support/plan.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Reply, type Send } from './client.ts'

let apiSystem: ApiSystem
let other: Send
beforeAll(async () => {
  apiSystem = await startApiSystem()
  await apiSystem.system.limit(5, 300)
  other = await connect((await apiSystem.system.startApi()).url)
})
afterAll(() => apiSystem?.stop())
afterEach(() => apiSystem.system.limit(5, 300))

const rateOf = ({ headers }: Reply) => ({
  policy: headers.get('ratelimit-policy'),
  rate: headers.get('ratelimit'),
  limit: headers.get('x-ratelimit-limit'),
  remaining: headers.get('x-ratelimit-remaining'),
})
const admitted = (person: ApiPerson, ...seconds: number[]) => addAdmissions(apiSystem.system, person.id, seconds)

describe('the rate limit of five with fifty concurrent requests', () => {
  it('admits exactly five over two API processes and PostgREST', async () => {
    const person = await apiSystem.person()
    const { supabaseUrl, publishableKey } = apiSystem.system.supabase
    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => person.token })
    const through = async (send: Send) => {
      const headers = { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' }
      return outcomeOf(
        await send('POST', generationsPath, { headers, body: JSON.stringify({ source_text: newText() }) }),
      )
    }
    const direct = async () => {
      const { status, error } = await db.from('ai_generations').insert({ source_text: newText() })
      return status === 201 ? '202' : error?.code === 'PT429' ? `${status} rate_limited` : `${status} ${error?.code}`
    }
    const paths = [() => through(apiSystem.send), direct, () => through(other)]
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => paths[n % 3]?.()))
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('202'), ...Array(45).fill('429 rate_limited')])
    const { rows } = await apiSystem.system.admin.query(
      `select (select count(*)::int from public.ai_generations where user_id = $1) as generations,
              (select count(*)::int from recto.admissions where account_id = $1) as admissions,
              (select count(*)::int from pgboss.job j join public.ai_generations g using (id)
                 where g.user_id = $1 and g.request_id is not null) =
              (select count(*)::int from public.ai_generations where user_id = $1 and request_id is not null) as with_jobs`,
      [person.id],
    )
    expect(rows).toEqual([{ generations: 5, admissions: 5, with_jobs: true }])
  })
})

describe('the sixth submission in a window', () => {
  it('answers 429 with a Retry-After that is exact to the second', async () => {
    const person = await apiSystem.person()
    const startedAt = Date.now()
    await admitted(person, 240.5, 100, 90, 80, 70)
    const answer = await person.submit()
    const passed = (Date.now() - startedAt) / 1000
    expect(outcomeOf(answer)).toBe('429 rate_limited')
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBeLessThanOrEqual(60)
    expect(seconds).toBeGreaterThanOrEqual(Math.ceil(59.5 - passed - 0.5))
    expect(answer.json).toMatchObject({ retry_after: seconds })
    expect(rateOf(answer)).toEqual({
      policy: '"generations";q=5;w=300',
      rate: `"generations";r=0;t=${seconds}`,
      limit: '5',
      remaining: '0',
    })
  })

  it('is logged as rate limited, and the ones before it are not', async () => {
    const person = await apiSystem.person()
    await admitted(person, 1, 1, 1, 1)
    await person.submit()
    await person.submit()
    const linesOf = () =>
      apiSystem.api
        .log()
        .split('\n')
        .filter((line) => line.includes(person.id))
        .map((line) => JSON.parse(line))
    await until(() => linesOf().length >= 2, { what: 'two lines', timeoutMs: 20_000 })
    expect(linesOf()).toMatchObject([
      { status: 202, rate_limited: false },
      { status: 429, code: 'rate_limited', rate_limited: true },
    ])
  })

  it('is admitted after exactly Retry-After seconds', async () => {
    await apiSystem.system.limit(1, 4)
    const person = await apiSystem.person()
    expect(outcomeOf(await person.submit())).toBe('202')
    const denied = await person.submit()
    const deniedAt = Date.now()
    expect(outcomeOf(denied)).toBe('429 rate_limited')
    const promised = Number(denied.headers.get('retry-after'))
    let answer = denied
    let sentAt = deniedAt
    while (answer.status === 429 && sentAt < deniedAt + promised * 1000) {
      sentAt = Date.now()
      answer = await person.submit()
    }
    // The last one that was sent, if no earlier one was admitted, was sent after the promised time.
    expect(answer.status).toBe(202)
    expect((Date.now() - deniedAt) / 1000).toBeGreaterThan(promised - 1.5)
  })

  it('does not affect another person', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    await admitted(ana, 1, 1, 1, 1, 1)
    expect(outcomeOf(await ana.submit())).toBe('429 rate_limited')
    const answer = await ben.submit()
    expect(outcomeOf(answer)).toBe('202')
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('4')
  })

  it('is denied after earlier generations were deleted too', async () => {
    const person = await apiSystem.person()
    await admitted(person, 1, 1, 1)
    const answers = [await person.submit(), await person.submit()]
    for (const { headers } of answers) await person.call('DELETE', headers.get('location') ?? '')
    expect(outcomeOf(await person.submit())).toBe('429 rate_limited')
  })
})

describe('the rate limit headers', () => {
  it('count down with each submission', async () => {
    const person = await apiSystem.person()
    const remaining = []
    for (let n = 0; n < 6; n++) remaining.push(rateOf(await person.submit()).remaining)
    expect(remaining).toEqual(['4', '3', '2', '1', '0', '0'])
  })

  it('say when the oldest admission leaves the window', async () => {
    const person = await apiSystem.person()
    await admitted(person, 250)
    const seconds = Number(/t=(\d+)/.exec(rateOf(await person.submit()).rate ?? '')?.[1])
    expect(seconds).toBeLessThanOrEqual(50)
    expect(seconds).toBeGreaterThan(30)
  })

  it('are on every response of the endpoint, with the caller’s numbers where the caller is known', async () => {
    const person = await apiSystem.person()
    await admitted(person, 1)
    const post = (body: string, headers: Record<string, string> = {}) =>
      person.call('POST', generationsPath, { body, headers })
    const text = JSON.stringify({ source_text: newText() })
    const own = [
      ['400 invalid_json', await post('{')],
      ['400 invalid_request', await post('{}')],
      ['400 unknown_model', await post(JSON.stringify({ source_text: newText(), model: 'none' }))],
      ['413 payload_too_large', await post(`"${'x'.repeat(1_100_000)}"`)],
      ['415 unsupported_media_type', await post(text, { 'content-type': 'text/plain' })],
    ] as const
    for (const [outcome, answer] of own) {
      expect(outcomeOf(answer)).toBe(outcome)
      expect(rateOf(answer), outcome).toMatchObject({ policy: '"generations";q=5;w=300', limit: '5', remaining: '4' })
      expect(answer.headers.get('ratelimit')).toMatch(/^"generations";r=4;t=(299|29\d)$/)
    }
    const unknown = await apiSystem.send('POST', generationsPath, { body: text })
    expect(outcomeOf(unknown)).toBe('401 unauthorized')
    expect(rateOf(unknown)).toEqual({ policy: '"generations";q=5;w=300', rate: null, limit: '5', remaining: null })
  })

  it('are not there for an account whose plan counts no generations, also of a team, and not those of another plan', async () => {
    const person = await apiSystem.person()
    const team = await createTeam(apiSystem.system, person.id)
    for (const account of [person.id, team]) await givePlan(apiSystem.system, account, { monthly_budget_usd: '5' })
    const none = { policy: null, rate: null, limit: null, remaining: null }
    for (const headers of [{}, { 'x-recto-account': team }]) {
      const submitted = await person.submit({ source_text: newText() }, headers)
      expect([outcomeOf(submitted), rateOf(submitted)]).toEqual(['202', none])
      const limits = await person.call('GET', '/api/ai/limits', { headers })
      expect([outcomeOf(limits), rateOf(limits)]).toEqual(['200', none])
      const unknown = await person.submit({ source_text: newText(), model: 'none' }, headers)
      expect([outcomeOf(unknown), rateOf(unknown)]).toEqual(['400 unknown_model', none])
    }
  })

  it('follow a change of the limit', async () => {
    await apiSystem.system.limit(7, 60)
    const person = await apiSystem.person()
    expect(rateOf(await person.submit())).toEqual({
      policy: '"generations";q=7;w=60',
      rate: '"generations";r=6;t=60',
      limit: '7',
      remaining: '6',
    })
  })
})
