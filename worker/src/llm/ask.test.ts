import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, dropConnection, failWith, succeed } from '../testing/ask-harness.ts'
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
