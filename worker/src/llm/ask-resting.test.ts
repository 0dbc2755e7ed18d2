import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, failWith, succeed } from '../testing/ask-harness.ts'
import { attemptOf } from '../testing/route-pool-harness.ts'
import { delta, done, type Reply, replyStream } from '../testing/scripted-provider.ts'

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
