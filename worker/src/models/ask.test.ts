import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { createClient } from './client.ts'
import type { Clock } from './clock.ts'
import type { Answer, CallJournal } from './request.ts'
import { delta, done, price, type Reply, replyStream, replyWith, scriptedProvider } from './scripted-provider.ts'

const good = replyStream([delta('{"n":1}', 'stop'), done])
const failing = (status: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  replyWith(status, { error: { message: 'no', ...more } }, headers)
const garbled = replyStream([delta('{"n":', 'stop'), done])
const hangUp: Reply = (response) => response.destroy()

type Asked = { answer: Answer<unknown>; pauses: number[]; outcomes: string[]; requests: number; log: string[] }

const ask = async (
  script: Reply[],
  { random = 0.5, onSleep = () => {}, stop = new AbortController() } = {},
): Promise<Asked> => {
  await using provider = await scriptedProvider(...script)
  const pauses: number[] = []
  const outcomes: string[] = []
  const log: string[] = []
  const clock: Clock = {
    now: Date.now,
    sleep: async (ms) => {
      pauses.push(ms)
      onSleep()
    },
  }
  const journal: CallJournal = {
    start: async ({ route }) => {
      log.push(`start ${route.model} after ${provider.received.length}`)
      return String(log.length)
    },
    finish: async (_, result) => {
      outcomes.push(result.outcome)
    },
  }
  const answer = await createAsk({
    clients: { acme: createClient({ baseURL: provider.baseURL, apiKey: 'sk-own' }) },
    price: () => price,
    clock,
    random: () => random,
    timeouts: { firstTokenMs: 10_000, gapMs: 10_000, totalMs: 10_000 },
  })(
    {
      request: {
        messages: [{ role: 'user', content: 'x' }],
        schema: { name: 'x', schema: {} },
        maxCompletionTokens: 10,
        temperature: 0,
      },
      route: { provider: 'acme', model: 'acme/m' },
      journal,
      parse: (content) => {
        try {
          return { ok: true, value: JSON.parse(content) }
        } catch {
          return { ok: false, message: 'not JSON' }
        }
      },
    },
    stop.signal,
  )
  return { answer, pauses, outcomes, requests: provider.received.length, log }
}

test('an answer at the first request', async () => {
  const { answer, pauses, outcomes } = await ask([good])
  expect(answer).toMatchObject({
    ok: true,
    value: { n: 1 },
    truncated: false,
    provider: 'acme',
    modelServed: 'acme/served-1',
    providerRequestId: 'gen-test-1',
    usage: { costSource: 'estimate' },
    timing: { requests: 1 },
  })
  expect(pauses).toEqual([])
  expect(outcomes).toEqual(['ok'])
})

test('two transient failures are got over, each request on record before it leaves', async () => {
  const { answer, pauses, outcomes, log } = await ask([failing(429), hangUp, good])
  expect(answer).toMatchObject({ ok: true, timing: { requests: 3 } })
  expect(outcomes).toEqual(['rate_limited', 'network', 'ok'])
  expect(log).toEqual(['start acme/m after 0', 'start acme/m after 1', 'start acme/m after 2'])
  expect(pauses).toEqual([375, 750])
})

test.each<[string, Reply, string[], boolean]>([
  ['a rate limit: three requests', failing(429), ['rate_limited', 'rate_limited', 'rate_limited'], true],
  ['an upstream: twice', failing(503), ['upstream_error', 'upstream_error'], true],
  ['an unreadable answer: twice', garbled, ['malformed_response', 'malformed_response'], true],
  ['a wrong request: once', failing(400), ['invalid_request'], false],
  ['moderation: once', failing(403, { metadata: { reasons: ['x'] } }), ['content_blocked'], false],
  ['a refusal: once', replyStream([delta('', 'content_filter'), done]), ['refused'], false],
  ['no credit: once', failing(402), ['provider_credit_exhausted'], false],
  ['a bad key: once', failing(401), ['auth'], true],
  ['a cut answer: once', replyStream([delta('{"n"', 'length'), done]), ['truncated'], false],
])('%s', async (_, reply, expected, retryable) => {
  const { answer, outcomes, requests } = await ask([reply])
  expect(outcomes).toEqual(expected)
  expect(requests).toBe(expected.length)
  expect(answer).toMatchObject({
    ok: false,
    failure: { class: expected[0], retryable, timing: { requests: expected.length } },
  })
})

test("a failure says what is known of it, in the provider's words too", async () => {
  const { answer } = await ask([failing(400, { code: 400, type: 'bad' }, { 'x-generation-id': 'gen-9' })])
  expect(answer).toMatchObject({
    failure: {
      class: 'invalid_request',
      message: 'The provider did not accept the request.',
      retryAfterMs: null,
      provider: 'acme',
      httpStatus: 400,
      providerRequestId: 'gen-9',
      responseExcerpt: '{"code":400,"type":"bad","message":"no"}',
    },
  })
})

test('a short wait is kept to, with jitter on top', async () => {
  const { answer, pauses } = await ask([failing(429, {}, { 'retry-after': '2' }), good])
  expect(answer.ok).toBe(true)
  expect(pauses).toEqual([2200])
})

test('a long wait is left to the queue', async () => {
  const { answer, pauses, outcomes } = await ask([failing(429, {}, { 'retry-after': '30' }), good])
  expect(answer).toMatchObject({ ok: false, failure: { class: 'rate_limited', retryable: true, retryAfterMs: 30_000 } })
  expect(pauses).toEqual([])
  expect(outcomes).toEqual(['rate_limited'])
})

test('an abort during the pause ends it, and no other request leaves', async () => {
  const stop = new AbortController()
  const { answer, requests } = await ask([failing(503), good], { stop, onSleep: () => stop.abort() })
  expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted' } })
  expect(requests).toBe(1)
})

test('an abort beforehand: no request, nothing on record', async () => {
  const stop = new AbortController()
  stop.abort()
  const { answer, log } = await ask([good], { stop })
  expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted', httpStatus: null, timing: { requests: 0 } } })
  expect(log).toEqual([])
})
