import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, dropConnection, failWith, neverAnswer, succeed } from '../testing/ask-harness.ts'
import { delta, done, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

/** A reply that calls `onClose` with the time (ms) at which the response was closed. */
const withCloseTime =
  (reply: Reply, onClose: (at: number) => void): Reply =>
  (response) => {
    response.on('close', () => onClose(performance.now()))
    reply(response)
  }
const modelRefusal = replyStream([delta('', 'content_filter'), done])
const tooLong = failWith(400, { code: 'context_length_exceeded' })

describe('ask with a second route', () => {
  test.each<[string, Reply, string]>([
    ['a status 500', failWith(500), 'upstream_error'],
    ['a status 429', failWith(429), 'rate_limited'],
    ['a status 429 with a long wait', failWith(429, {}, { 'retry-after': '300' }), 'rate_limited'],
    ['a connection reset', dropConnection, 'network'],
    ['a rejected key', failWith(401), 'auth'],
    ['exhausted credit', failWith(402), 'provider_credit_exhausted'],
    ['an error inside a status 200', replyWith(200, { error: { code: 502, message: 'no' } }), 'upstream_error'],
    ['a stream that breaks off', replyStream([delta('{"n"')], 'cut'), 'network'],
    ['an answer that does not parse', replyStream([delta('Sure!', 'stop'), done]), 'malformed_response'],
    ['an invalid request', failWith(400), 'invalid_request'],
  ])('asks it without a pause after %s', async (_, reply, outcome) => {
    const { answer, outcomes, pauses } = await askOnce({ first: { script: [reply] }, second: { script: [succeed] } })
    expect(answer).toMatchObject({ ok: true, route: { provider: 'second' }, timing: { requests: 2 } })
    expect(outcomes).toEqual([`first ${outcome}`, 'second ok'])
    expect(pauses).toEqual([])
  })

  test('tells how long the failover took, and leaves it out of the time of the models', async () => {
    const { answer, failovers } = await askOnce({ first: { script: [failWith(503)] }, second: { script: [succeed] } })
    expect(failovers).toEqual([expect.any(Number)])
    const modelMs = answer.ok ? answer.modelMs : Number.NaN
    expect(modelMs + (failovers[0] ?? 0)).toBeLessThanOrEqual(answer.ok ? answer.timing.totalMs : 0)
  })

  test('tells of a failover also when the second route fails, and of none to the same route', async () => {
    const both = await askOnce({ first: { script: [failWith(400)] }, second: { script: [failWith(400)] } })
    expect(both.failovers).toHaveLength(1)
    const alone = await askOnce({ first: { script: [failWith(503), succeed] } })
    expect(alone.answer.ok).toBe(true)
    expect(alone.failovers).toEqual([])
  })

  test('sends the second request within 50 ms of the failure', async () => {
    const failed: number[] = []
    const asked: number[] = []
    await using harness = await askHarness({
      first: { script: [withCloseTime(failWith(503), (at) => failed.push(at))] },
      second: {
        script: [
          (response) => {
            asked.push(performance.now())
            succeed(response)
          },
        ],
      },
    })
    // Six runs are fewer than the failures that would open the breaker of the first route.
    for (let run = 0; run < 6; run++) expect((await harness.run()).answer.ok).toBe(true)
    // A busy machine may delay single requests. A pause would delay each of them, by 250 ms or more.
    expect(Math.min(...asked.map((at, run) => at - (failed[run] ?? Number.NaN)))).toBeLessThan(50)
  })

  test('does not wait until the failure is recorded', async () => {
    const asked = Promise.withResolvers<void>()
    const { outcomes } = await askOnce(
      {
        first: { script: [failWith(503)] },
        second: {
          script: [
            (response) => {
              asked.resolve()
              succeed(response)
            },
          ],
        },
      },
      { onFinish: ({ provider }) => (provider === 'first' ? asked.promise : Promise.resolve()) },
    )
    expect(outcomes).toEqual(['first upstream_error', 'second ok'])
  })

  test('asks it when the first route sends no token within its first-token deadline', async () => {
    const timeouts = { firstTokenMs: 100, gapMs: 60_000, totalMs: 60_000 }
    const { answer, outcomes } = await askOnce({
      first: { script: [neverAnswer], route: { timeouts } },
      second: { script: [succeed] },
    })
    expect(outcomes).toEqual(['first timeout', 'second ok'])
    // The other deadlines of the first route are a minute.
    expect(answer.ok && answer.timing.totalMs).toBeLessThan(20_000)
  })

  test('asks only the second route while the first one rests', async () => {
    await using harness = await askHarness({ first: { script: [failWith(503)] }, second: { script: [succeed] } })
    for (let run = 0; run < 20; run++) await harness.run()
    expect([harness.received('first'), harness.received('second')]).toEqual([8, 20])
  })
})

describe('ask when all routes have failed', () => {
  test('asks again the routes whose failure may pass, shortest wait first', async () => {
    const { outcomes, pauses } = await askOnce({
      first: { script: [failWith(429, {}, { 'retry-after': '4' })] },
      second: { script: [failWith(429, {}, { 'retry-after': '1' }), succeed] },
    })
    expect(outcomes).toEqual(['first rate_limited', 'second rate_limited', 'second ok'])
    expect(pauses).toEqual([1100])
  })

  test('reports a failure that may pass, if there was one, when no call is left', async () => {
    const { answer } = await askOnce({
      first: { script: [failWith(429, {}, { 'retry-after': '60' })] },
      second: { script: [failWith(404, { message: 'No endpoints found matching your data policy' })] },
    })
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: 'rate_limited', provider: 'first', retryable: true, retryAfterMs: 60_000 },
    })
  })
})

describe('ask with a text that causes the failure', () => {
  test('asks only one other model when a model refuses the text', async () => {
    const { answer, outcomes } = await askOnce({
      first: { script: [modelRefusal] },
      second: { script: [modelRefusal] },
      third: { script: [succeed] },
    })
    expect(outcomes).toEqual(['first refused', 'second refused'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'refused', retryable: false } })
  })

  test('returns the answer of another model when moderation blocks the text at the first', async () => {
    const blocked = failWith(403, { metadata: { reasons: ['violence'] } })
    const { outcomes } = await askOnce({ first: { script: [blocked] }, second: { script: [succeed] } })
    expect(outcomes).toEqual(['first content_blocked', 'second ok'])
  })

  test('asks only models with a larger context window when the text is too long', async () => {
    const { answer, outcomes } = await askOnce({
      first: { script: [tooLong] },
      same: { script: [succeed] },
      wider: { script: [succeed], route: { contextTokens: 100_000 } },
    })
    expect(outcomes).toEqual(['first too_long', 'wider ok'])
    expect(answer).toMatchObject({ ok: true, route: { provider: 'wider' } })
  })

  test('asks no other model when the answer was cut off', async () => {
    const cut = replyStream([delta('{"n"', 'length'), done])
    const { outcomes } = await askOnce({ first: { script: [cut] }, second: { script: [succeed] } })
    expect(outcomes).toEqual(['first truncated'])
  })
})
