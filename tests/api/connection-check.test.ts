import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { connect, outcomeOf } from './client.ts'
import { answered, type FakeWorker, startFakeWorker } from './fake-check-worker.ts'

const path = '/api/ai/test'
const inWords = 'gpt-oss-120b answered through scaleway in 321 ms.'
const providerFailure = {
  ok: false,
  code: 'rate_limited',
  message: 'The model provider is overloaded.',
  provider: 'scaleway',
  http_status: 429,
}

const overBudget = (final: boolean, limit: object) => ({
  ok: false,
  code: 'budget_exceeded',
  message: 'The budget of this month is used up.',
  provider: null,
  http_status: null,
  final,
  limit: { name: 'budget', reset: 3600, ...limit },
})

let apiSystem: ApiSystem
let worker: FakeWorker
beforeAll(async () => {
  apiSystem = await startApiSystem()
  worker = await startFakeWorker(apiSystem.system)
})
afterAll(() => apiSystem?.stop())

const checksOf = async ({ id }: ApiPerson): Promise<{ id: string; model: string; message: string | null }[]> => {
  const { rows } = await apiSystem.system.admin.query(
    'select id, model, message from recto.connection_checks where user_id = $1 order by created_at',
    [id],
  )
  return rows
}
const countChecks = async ({ id }: ApiPerson) => {
  const { rows } = await apiSystem.system.admin.query(
    'select count(*)::int as count from recto.connection_checks where user_id = $1',
    [id],
  )
  return rows[0]
}

describe('POST /api/ai/test', () => {
  it('answers what the worker received, uncached, with rate limit headers', async () => {
    const person = await apiSystem.person()
    const answer = await person.call('POST', path, { body: { model: 'best' } })
    expect([answer.status, answer.json]).toEqual([200, { data: answered, message: inWords }])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'ratelimit-policy': '"connection_checks";q=10;w=60',
      ratelimit: '"connection_checks";r=9;t=60',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '9',
    })
    expect(await checksOf(person)).toMatchObject([{ model: 'best', message: null }])
  })

  it.each<[string, Parameters<ApiPerson['call']>[2]]>([
    ['no body', {}],
    ['an empty body', { headers: { 'content-type': 'application/json' } }],
    ['{}', { body: {} }],
  ])('checks the default model for %s', async (_what, request) => {
    const person = await apiSystem.person()
    expect((await person.call('POST', path, request)).status).toBe(200)
    expect(await checksOf(person)).toMatchObject([{ model: 'balanced' }])
  })

  it.each([
    ['a short message', 'Hi'],
    ['1,000 characters of two UTF-16 units each', '🦓'.repeat(1000)],
    ['a message with line breaks and quotes', ' "What\n\tis" \'this\'?\u0085'],
  ])('hands %s to the worker unchanged', async (_what, message) => {
    const person = await apiSystem.person()
    expect((await person.call('POST', path, { body: { message } })).status).toBe(200)
    expect(await checksOf(person)).toMatchObject([{ model: 'balanced', message }])
  })

  it('answers although the worker’s notification is lost', async () => {
    const person = await apiSystem.person()
    worker.setPart(person, { result: { ok: true, ...answered }, notify: false })
    expect((await person.call('POST', path)).json).toEqual({ data: answered, message: inWords })
  })

  it('answers 502 with the reason when the provider failed', async () => {
    const person = await apiSystem.person()
    worker.setPart(person, { result: providerFailure, notify: true })
    const answer = await person.call('POST', path)
    expect(outcomeOf(answer)).toBe('502 provider_failed')
    expect(answer.json).toMatchObject({
      detail: 'The model provider is overloaded. (rate_limited, scaleway, HTTP 429)',
    })
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('9')
  })

  it('answers 402 like a submission when the budget is used up', async () => {
    const person = await apiSystem.person()
    const account = { scope: 'account', budget_usd: '0.5', spent_usd: '0.4999' }
    worker.setPart(person, { result: overBudget(true, account), notify: true })
    const answer = await person.call('POST', path)
    expect(outcomeOf(answer)).toBe('402 budget_exceeded')
    expect(answer.json).toMatchObject({
      detail: 'The account has spent 0.4999 of 0.5 USD, and the rest is too little. The month ends in 1 hour.',
      retry_after: 3600,
      limit: { name: 'budget', ...account, reset: 3600 },
    })
    expect(answer.headers.get('retry-after')).toBe('3600')
    expect(answer.headers.get('ratelimit')).toBe('"connection_checks";r=9;t=60')
  })

  it('answers 402 with a short Retry-After when other calls have reserved the rest of the budget', async () => {
    const person = await apiSystem.person()
    const account = { scope: 'account', budget_usd: '0.5', spent_usd: '0.1' }
    worker.setPart(person, { result: overBudget(false, account), notify: true })
    const answer = await person.call('POST', path)
    expect(outcomeOf(answer)).toBe('402 budget_exceeded')
    expect(answer.json).toMatchObject({
      detail: 'What is left of the budget is reserved for calls under way.',
      retry_after: 5,
      limit: { name: 'budget', ...account },
    })
  })

  it('answers 503 when the API process stops before a worker answers', async () => {
    const api = await apiSystem.system.startApi()
    const person = await apiSystem.person(await connect(api.url))
    worker.setPart(person, { result: null, notify: false })
    const answer = person.call('POST', path)
    await until(async () => (await checksOf(person)).length > 0, { what: 'the check', timeoutMs: 30_000 })
    api.kill('SIGTERM')
    expect(outcomeOf(await answer)).toBe('503 worker_unavailable')
    expect((await answer).headers.get('retry-after')).toBe('5')
  })

  it.each<[string, object | string, string]>([
    ['an unknown model', { model: 'gpt-17' }, '400 unknown_model'],
    ['a model named like a property', { model: 'constructor' }, '400 unknown_model'],
    ['a model without a name', { model: '' }, '400 invalid_request'],
    ['a model that is not a string', { model: 7 }, '400 invalid_request'],
    ['an empty message', { message: '' }, '400 invalid_request'],
    ['a blank message', { message: ' \n\u0085' }, '400 invalid_request'],
    ['a message of 1,001 characters', { message: 'x'.repeat(1001) }, '400 invalid_request'],
    ['a message with U+0000', { message: 'a\u0000b' }, '400 invalid_request'],
    ['a message with a lone surrogate', '{"message": "\\ud800"}', '400 invalid_request'],
    ['a message that is not a string', { message: null }, '400 invalid_request'],
    ['an unknown key', { prompt: 'Tell me a story.' }, '400 invalid_request'],
    ['a list', [], '400 invalid_request'],
    ['half a body', '{', '400 invalid_json'],
  ])('answers 400 for %s and counts nothing', async (_what, body, outcome) => {
    const person = await apiSystem.person()
    const answer = await person.call('POST', path, { body })
    expect(outcomeOf(answer)).toBe(outcome)
    expect(answer.headers.get('ratelimit')).toBe('"connection_checks";r=10;t=0')
    expect(await countChecks(person)).toEqual({ count: 0 })
  })

  it('answers 415 for a body that is not JSON', async () => {
    const person = await apiSystem.person()
    const headers = { 'content-type': 'text/plain' }
    expect(outcomeOf(await person.call('POST', path, { body: '{}', headers }))).toBe('415 unsupported_media_type')
  })

  it('answers 401 without a token and for a deleted person', async () => {
    expect(outcomeOf(await apiSystem.send('POST', path))).toBe('401 unauthorized')
    const deleted = await apiSystem.person()
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [deleted.id])
    expect(outcomeOf(await deleted.call('POST', path))).toBe('401 unauthorized')
  })
})

describe('the result of another person’s connection check', () => {
  it('is not readable', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    await ana.call('POST', path)
    const [check] = await checksOf(ana)
    const read = (person: ApiPerson) =>
      asPerson(apiSystem.system.supabase.adminUrl, person.id, async (client) => {
        const { rows } = await client.query('select recto.connection_check_result($1) as result', [check?.id])
        return rows[0]?.result
      })
    expect(await read(ana)).toEqual({ ok: true, ...answered })
    expect(await read(ben)).toBeNull()
  })
})
