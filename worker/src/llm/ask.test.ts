import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, dropConnection, failWith, succeed } from '../testing/ask-harness.ts'
import { attemptOf } from '../testing/route-pool-harness.ts'
import { delta, done, type Reply, replyStream } from '../testing/scripted-provider.ts'

const unparseable = replyStream([delta('{"n":', 'stop'), done])
const askAcme = (script: Reply[], options: Parameters<typeof askOnce>[1] = {}) => askOnce({ acme: { script } }, options)

describe('ask with one route', () => {
  test('returns the answer of the first request', async () => {
    const { answer, pauses, outcomes } = await askAcme([succeed])
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

  test('survives two transient failures, and records each request before it is sent', async () => {
    const sent: number[] = []
    await using harness = await askHarness(
      { acme: { script: [failWith(429), dropConnection, succeed] } },
      { onStart: async () => void sent.push(harness.received('acme')) },
    )
    const { answer, outcomes, pauses } = await harness.run()
    expect(answer).toMatchObject({ ok: true, timing: { requests: 3 } })
    expect(outcomes).toEqual(['acme rate_limited', 'acme network', 'acme ok'])
    expect(sent).toEqual([0, 1, 2])
    expect(pauses).toEqual([375, 750])
  })

  test.each<[string, Reply, string[], boolean]>([
    ['three requests for a rate limit', failWith(429), ['rate_limited', 'rate_limited', 'rate_limited'], false],
    ['two requests for an upstream error', failWith(503), ['upstream_error', 'upstream_error'], true],
    [
      'two requests for an answer that does not parse',
      unparseable,
      ['malformed_response', 'malformed_response'],
      false,
    ],
    ['one request for an invalid request', failWith(400), ['invalid_request'], false],
    [
      'one request for text that moderation blocks',
      failWith(403, { metadata: { reasons: ['x'] } }),
      ['content_blocked'],
      false,
    ],
    ['one request when the model refuses', replyStream([delta('', 'content_filter'), done]), ['refused'], false],
    ['one request for an account without credit', failWith(402), ['provider_credit_exhausted'], false],
    ['one request for a rejected key', failWith(401), ['auth'], false],
    [
      'one request for an answer that was cut off and does not parse',
      replyStream([delta('{"n"', 'length'), done]),
      ['truncated'],
      false,
    ],
  ])('sends %s, and reports the failure', async (_, reply, expected, retryable) => {
    const { answer, outcomes, received } = await askAcme([reply])
    expect(outcomes).toEqual(expected.map((outcome) => `acme ${outcome}`))
    expect(received).toEqual([expected.length])
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: expected[0], retryable, timing: { requests: expected.length } },
    })
  })

  test.each([
    [0, 2, true],
    [1, 2, false],
    [2, 1, false],
    [3, 1, false],
  ])(
    'asks it three times per generation: after %i failed calls of earlier deliveries %i times, and later: %s',
    async (failedBefore, requests, retryable) => {
      const { answer, received } = await askAcme([failWith(503)], { failedBefore })
      expect(received).toEqual([requests])
      expect(answer).toMatchObject({ failure: { class: 'upstream_error', retryable } })
    },
  )

  test('asks several routes in each delivery, however many calls have failed', async () => {
    const scripted = { a: { script: [failWith(503)] }, b: { script: [failWith(503)] } }
    const { answer, received } = await askOnce(scripted, { failedBefore: 7 })
    expect(received).toEqual([2, 2])
    expect(answer).toMatchObject({ failure: { class: 'upstream_error', retryable: true } })
  })

  test("reports a failure with its HTTP status, its request id and an excerpt of the provider's error", async () => {
    const { answer } = await askAcme([failWith(400, { code: 400, type: 'bad' }, { 'x-generation-id': 'gen-9' })])
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

  test('waits as long as the provider asks, plus jitter, when the wait is short', async () => {
    const { answer, pauses } = await askAcme([failWith(429, {}, { 'retry-after': '2' }), succeed])
    expect(answer.ok).toBe(true)
    expect(pauses).toEqual([2200])
  })

  test('returns the failure with its wait when the wait is too long for the worker', async () => {
    const { answer, pauses, outcomes } = await askAcme([failWith(429, {}, { 'retry-after': '30' }), succeed])
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: 'rate_limited', retryable: true, retryAfterMs: 30_000 },
    })
    expect(pauses).toEqual([])
    expect(outcomes).toEqual(['acme rate_limited'])
  })
})

describe('ask with several keys', () => {
  const askWithKeys = (script: Reply[], keys: string[]) => askOnce({ acme: { script, keys } })

  test('tries the next key at once when a key is rejected, and records the key of each call', async () => {
    const { answer, calls, pauses } = await askWithKeys(
      [failWith(401), failWith(402), succeed],
      ['sk-1', 'sk-2', 'sk-3'],
    )
    expect(answer).toMatchObject({ ok: true, timing: { requests: 3 } })
    expect(new Set(calls.map(({ start }) => start.keyFingerprint)).size).toBe(3)
    expect(pauses).toEqual([])
  })

  test('tries each key once when all are rejected', async () => {
    const { answer, received } = await askWithKeys([failWith(401)], ['sk-1', 'sk-2', 'sk-3'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'auth', httpStatus: 401 } })
    expect(received).toEqual([3])
  })

  test('tries the next key at once when the quota of one key is used up, and not that key again', async () => {
    const usedUp = failWith(429, { message: 'Daily request limit for this API key reached' }, { 'retry-after': '7200' })
    await using harness = await askHarness({ acme: { script: [usedUp, succeed], keys: ['sk-1', 'sk-2'] } })
    const first = await harness.run()
    expect([first.answer.ok, first.outcomes, first.pauses]).toEqual([
      true,
      ['acme quota_exhausted_until_reset', 'acme ok'],
      [],
    ])
    const [refused, answered] = first.calls.map(({ start }) => start.keyFingerprint)
    expect(refused).not.toBe(answered)
    for (let run = 0; run < 3; run++) {
      const { calls } = await harness.run()
      expect(calls.map(({ start }) => start.keyFingerprint)).toEqual([answered])
    }
  })

  test('does not use a key without credit again, even when the provider asks for no wait', async () => {
    const { answer, received } = await askWithKeys([failWith(402, {}, { 'retry-after': '0' })], ['sk-1', 'sk-2'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'provider_credit_exhausted' } })
    expect(received).toEqual([2])
  })
})

describe('ask when every route rests', () => {
  test('sends nothing, and reports when the first route becomes free', async () => {
    await using harness = await askHarness({
      near: { script: [failWith(429, { metadata: { limit_source: 'openrouter_free_tier_daily' } })] },
      far: { script: [failWith(401)] },
    })
    const first = await harness.run()
    expect(first.outcomes).toEqual(['near quota_exhausted_until_reset', 'far auth'])
    const { answer, calls } = await harness.run()
    expect(calls).toEqual([])
    expect([harness.received('near'), harness.received('far')]).toEqual([1, 1])
    if (answer.ok) throw new Error('answered')
    expect(answer.failure).toMatchObject({
      class: 'no_route_available',
      retryable: true,
      provider: null,
      timing: { requests: 0 },
    })
    // The rejected key rests for 30 s, the route without quota for five minutes.
    expect(answer.failure.retryAfterMs).toBeGreaterThan(25_000)
    expect(answer.failure.retryAfterMs).toBeLessThanOrEqual(30_000)
  })

  test.each([
    ['auth', [failWith(401)], [failWith(401)]],
    ['provider_credit_exhausted', [failWith(402)], [failWith(402)]],
    ['auth', [failWith(402)], [failWith(401)]],
  ] as const)(
    'reports %s at once, to the first run and to later ones, when all keys are refused',
    async (code, a, b) => {
      const keys = ['sk-1', 'sk-2']
      await using harness = await askHarness({ a: { script: [...a], keys }, b: { script: [...b] } })
      const first = await harness.run()
      expect(first.answer).toMatchObject({ ok: false, failure: { class: code, retryable: false } })
      expect([harness.received('a'), harness.received('b'), first.pauses]).toEqual([2, 1, []])
      const { answer, calls } = await harness.run()
      expect(calls).toEqual([])
      expect(answer).toMatchObject({
        failure: { class: code, retryable: false, provider: null, timing: { requests: 0 } },
      })
    },
  )

  test('fails nobody for a rejected key while another route may answer later', async () => {
    const scripted = { a: { script: [failWith(401)] }, b: { script: [failWith(429, {}, { 'retry-after': '30' })] } }
    await using harness = await askHarness(scripted)
    const { answer, outcomes } = await harness.run()
    expect(outcomes).toEqual(['a auth', 'b rate_limited'])
    expect(answer).toMatchObject({ failure: { class: 'rate_limited', retryable: true } })
  })

  test('reports how the model refused the text, although the only key is rejected for another run meanwhile', async () => {
    const refuses = replyStream([delta('', 'content_filter'), done])
    const other = Promise.withResolvers<void>()
    await using harness = await askHarness(
      { a: { script: [refuses] } },
      {
        onFinish: async () => other.resolve(),
      },
    )
    const [route] = harness.routes
    if (!route) throw new Error('no route')
    const acquired = harness.pool.acquire(route)
    if (!acquired.ok) throw new Error('no lease')
    const { lease } = acquired
    const rejects = other.promise.then(() => harness.pool.release(lease, attemptOf(route, 'auth', Date.now(), 1)))
    expect((await harness.run()).answer).toMatchObject({ failure: { class: 'refused', retryable: false } })
    await rejects
    expect(harness.pool.refusalOf(route)).toBe('auth')
  })

  test('reports a wait while one run tries a rejected key again, and its answer ends the rejection', async () => {
    const trial = Promise.withResolvers<void>()
    const starts: string[] = []
    await using harness = await askHarness(
      { a: { script: [failWith(401), succeed] } },
      {
        onStart: async ({ keyFingerprint }) => {
          if (starts.push(keyFingerprint) === 2) await trial.promise
        },
      },
    )
    await harness.run()
    await harness.clock.sleep(40_000, new AbortController().signal)
    const tried = harness.run()
    await expect.poll(() => starts.length).toBe(2)
    const { answer } = await harness.run()
    expect(answer).toMatchObject({ failure: { class: 'no_route_available', retryable: true } })
    trial.resolve()
    expect((await tried).answer.ok).toBe(true)
    expect((await harness.run()).answer.ok).toBe(true)
  })

  test('reports no wait when the provider has no key', async () => {
    const { answer } = await askOnce({ acme: { script: [succeed], keys: [] } })
    expect(answer).toMatchObject({ ok: false, failure: { class: 'no_route_available', retryAfterMs: null } })
  })
})

describe('ask with an abort', () => {
  test('ends the pause before a retry, releases the lease, and sends no further request', async () => {
    const stop = new AbortController()
    await using harness = await askHarness(
      { acme: { script: [failWith(503), succeed] } },
      { stop, onSleep: () => stop.abort() },
    )
    const { answer } = await harness.run()
    expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted', timing: { requests: 1 } } })
    expect(harness.received('acme')).toBe(1)
    expect(harness.openLeases()).toBe(0)
  })

  test('sends and records nothing when the signal is aborted beforehand', async () => {
    const stop = new AbortController()
    stop.abort()
    const { answer, calls, received } = await askAcme([succeed], { stop })
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: 'aborted', httpStatus: null, timing: { requests: 0 } },
    })
    expect([calls, received]).toEqual([[], [0]])
  })

  test('closes the connection of a running request, and reports no failure to the breaker', async () => {
    const stop = new AbortController()
    await using harness = await askHarness({ acme: { script: [() => stop.abort()] } }, { stop })
    const { answer, outcomes } = await harness.run()
    await harness.serverOf('acme').hungUp
    expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted', timing: { requests: 1 } } })
    expect(outcomes).toEqual(['acme aborted'])
    expect(harness.pool.healths().map(({ health }) => health.state)).toEqual(['closed'])
  })
})

describe('ask and its call recorder', () => {
  test('sends no request and throws when the recorder cannot start the call', async () => {
    await using harness = await askHarness(
      { acme: { script: [succeed] } },
      { onStart: () => Promise.reject(new Error('the database is away')) },
    )
    await expect(harness.run()).rejects.toThrow('away')
    expect([harness.received('acme'), harness.openLeases()]).toEqual([0, 0])
  })

  test('every call is recorded when the answer is returned', async () => {
    const { outcomes } = await askAcme([failWith(503), succeed], {
      onFinish: () => new Promise((recorded) => setImmediate(recorded)),
    })
    expect(outcomes).toEqual(['acme upstream_error', 'acme ok'])
  })

  test('throws when the recorder loses a failed call, even if the next request was answered', async () => {
    await using harness = await askHarness(
      { acme: { script: [failWith(503), succeed] } },
      {
        onFinish: async (_, { outcome }) => {
          if (outcome !== 'ok') throw new Error('the database is away')
        },
      },
    )
    await expect(harness.run()).rejects.toThrow('away')
    expect(harness.openLeases()).toBe(0)
  })
})
