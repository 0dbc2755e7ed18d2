import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, failing, good, hangUp } from '../testing/ask-harness.ts'
import { delta, done, type Reply, replyStream } from '../testing/scripted-provider.ts'

const garbled = replyStream([delta('{"n":', 'stop'), done])
const alone = (script: Reply[], options: Parameters<typeof askOnce>[1] = {}) => askOnce({ acme: { script } }, options)

test('an answer at the first request', async () => {
  const { answer, pauses, outcomes } = await alone([good])
  expect(answer).toMatchObject({
    ok: true,
    value: { n: 1 },
    truncated: false,
    route: { provider: 'acme' },
    modelServed: 'acme/served-1',
    providerRequestId: 'gen-test-1',
    usage: { costSource: 'estimate' },
    timing: { requests: 1 },
  })
  expect(pauses).toEqual([])
  expect(outcomes).toEqual(['acme ok'])
})

test('two transient failures are got over, each request on record before it leaves', async () => {
  const sent: number[] = []
  await using breakerHarness = await askHarness(
    { acme: { script: [failing(429), hangUp, good] } },
    { onStart: async () => void sent.push(breakerHarness.received('acme')) },
  )
  const { answer, outcomes, pauses } = await breakerHarness.run()
  expect(answer).toMatchObject({ ok: true, timing: { requests: 3 } })
  expect(outcomes).toEqual(['acme rate_limited', 'acme network', 'acme ok'])
  expect(sent).toEqual([0, 1, 2])
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
])('alone, %s', async (_, reply, expected, retryable) => {
  const { answer, outcomes, received } = await alone([reply])
  expect(outcomes).toEqual(expected.map((outcome) => `acme ${outcome}`))
  expect(received).toEqual([expected.length])
  expect(answer).toMatchObject({
    ok: false,
    failure: { class: expected[0], retryable, timing: { requests: expected.length } },
  })
})

test("a failure says what is known of it, in the provider's words too", async () => {
  const { answer } = await alone([failing(400, { code: 400, type: 'bad' }, { 'x-generation-id': 'gen-9' })])
  expect(answer).toMatchObject({
    failure: {
      class: 'invalid_request',
      retryAfterMs: null,
      provider: 'acme',
      httpStatus: 400,
      providerRequestId: 'gen-9',
      responseExcerpt: '{"code":400,"type":"bad","message":"no"}',
    },
  })
})

test('a short wait is kept to, with jitter on top', async () => {
  const { answer, pauses } = await alone([failing(429, {}, { 'retry-after': '2' }), good])
  expect(answer.ok).toBe(true)
  expect(pauses).toEqual([2200])
})

test('a long wait is left to the queue', async () => {
  const { answer, pauses, outcomes } = await alone([failing(429, {}, { 'retry-after': '30' }), good])
  expect(answer).toMatchObject({ ok: false, failure: { class: 'rate_limited', retryable: true, retryAfterMs: 30_000 } })
  expect(pauses).toEqual([])
  expect(outcomes).toEqual(['acme rate_limited'])
})

describe('keys', () => {
  const scripted = (script: Reply[], keys: string[]) => askOnce({ acme: { script, keys } })

  test('the next is tried at once when one is refused, and the call says which', async () => {
    const { answer, calls, pauses } = await scripted([failing(401), failing(402), good], ['sk-1', 'sk-2', 'sk-3'])
    expect(answer).toMatchObject({ ok: true, timing: { requests: 3 } })
    expect(new Set(calls.map(({ start }) => start.keyFingerprint)).size).toBe(3)
    expect(pauses).toEqual([])
  })

  test('that are all refused are tried once each', async () => {
    const { answer, received } = await scripted([failing(401)], ['sk-1', 'sk-2', 'sk-3'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'auth', httpStatus: 401 } })
    expect(received).toEqual([3])
  })

  test('without credit rest, though the provider says that they need not', async () => {
    const { answer, received } = await scripted([failing(402, {}, { 'retry-after': '0' })], ['sk-1', 'sk-2'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'provider_credit_exhausted' } })
    expect(received).toEqual([2])
  })
})

describe('when every route rests', () => {
  test('nothing is sent, and the failure says when the first is free', async () => {
    await using breakerHarness = await askHarness({
      near: { script: [failing(429, { metadata: { limit_source: 'openrouter_free_tier_daily' } })] },
      far: { script: [failing(401)] },
    })
    const first = await breakerHarness.run()
    expect(first.outcomes).toEqual(['near quota_exhausted_until_reset', 'far auth'])
    const { answer, calls } = await breakerHarness.run()
    expect(calls).toEqual([])
    expect([breakerHarness.received('near'), breakerHarness.received('far')]).toEqual([1, 1])
    if (answer.ok) throw new Error('answered')
    expect(answer.failure).toMatchObject({
      class: 'no_route_available',
      retryable: true,
      provider: null,
      timing: { requests: 0 },
    })
    // The refused key rests for 30 s, the quota for five minutes.
    expect(answer.failure.retryAfterMs).toBeGreaterThan(25_000)
    expect(answer.failure.retryAfterMs).toBeLessThanOrEqual(30_000)
  })

  test('without any key nothing says when', async () => {
    const { answer } = await askOnce({ acme: { script: [good], keys: [] } })
    expect(answer).toMatchObject({ ok: false, failure: { class: 'no_route_available', retryAfterMs: null } })
  })
})

describe('an abort', () => {
  test('during the pause ends it, gives its way back, and no other request leaves', async () => {
    const stop = new AbortController()
    await using breakerHarness = await askHarness(
      { acme: { script: [failing(503), good] } },
      { stop, onSleep: () => stop.abort() },
    )
    const { answer } = await breakerHarness.run()
    expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted', timing: { requests: 1 } } })
    expect(breakerHarness.received('acme')).toBe(1)
    expect(breakerHarness.unsettled()).toBe(0)
  })

  test('beforehand: no request, nothing on record', async () => {
    const stop = new AbortController()
    stop.abort()
    const { answer, calls, received } = await alone([good], { stop })
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: 'aborted', httpStatus: null, timing: { requests: 0 } },
    })
    expect([calls, received]).toEqual([[], [0]])
  })

  test('during a request hangs up, and is no failure of the route', async () => {
    const stop = new AbortController()
    await using breakerHarness = await askHarness({ acme: { script: [() => stop.abort()] } }, { stop })
    const { answer, outcomes } = await breakerHarness.run()
    await breakerHarness.serverOf('acme').hungUp
    expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted', timing: { requests: 1 } } })
    expect(outcomes).toEqual(['acme aborted'])
    expect(breakerHarness.board.healths().map(({ health }) => health.state)).toEqual(['closed'])
  })
})

describe('the journal', () => {
  test('that takes no call lets no request leave', async () => {
    await using breakerHarness = await askHarness(
      { acme: { script: [good] } },
      { onStart: () => Promise.reject(new Error('the database is away')) },
    )
    await expect(breakerHarness.run()).rejects.toThrow('away')
    expect([breakerHarness.received('acme'), breakerHarness.unsettled()]).toEqual([0, 0])
  })

  test('has every call when the answer is there', async () => {
    const { outcomes } = await alone([failing(503), good], {
      onFinish: () => new Promise((recorded) => setImmediate(recorded)),
    })
    expect(outcomes).toEqual(['acme upstream_error', 'acme ok'])
  })

  test('that loses the booking of a failure is heard, though the next request had an answer', async () => {
    await using breakerHarness = await askHarness(
      { acme: { script: [failing(503), good] } },
      {
        onFinish: async (_, { outcome }) => {
          if (outcome !== 'ok') throw new Error('the database is away')
        },
      },
    )
    await expect(breakerHarness.run()).rejects.toThrow('away')
    expect(breakerHarness.unsettled()).toBe(0)
  })
})
