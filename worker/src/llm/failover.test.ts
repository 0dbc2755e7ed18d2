import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, failing, good, hangUp, silent } from '../testing/ask-harness.ts'
import { delta, done, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

/** Tells when it has answered. */
const noting =
  (reply: Reply, note: (at: number) => void): Reply =>
  (response) => {
    response.on('close', () => note(performance.now()))
    reply(response)
  }
const refusal = replyStream([delta('', 'content_filter'), done])
const tooLong = failing(400, { code: 'context_length_exceeded' })

describe('the next provider', () => {
  test.each<[string, Reply, string]>([
    ['a 500', failing(500), 'upstream_error'],
    ['a 429', failing(429), 'rate_limited'],
    ['a 429 with a long wait', failing(429, {}, { 'retry-after': '300' }), 'rate_limited'],
    ['a reset', hangUp, 'network'],
    ['a bad key', failing(401), 'auth'],
    ['no credit', failing(402), 'provider_credit_exhausted'],
    ['an error in a 200', replyWith(200, { error: { code: 502, message: 'no' } }), 'upstream_error'],
    ['a stream that breaks off', replyStream([delta('{"n"')], 'cut'), 'network'],
    ['an unreadable answer', replyStream([delta('Sure!', 'stop'), done]), 'malformed_response'],
    ['a refused request', failing(400), 'invalid_request'],
  ])('is asked after %s, without a pause', async (_, reply, outcome) => {
    const { answer, outcomes, pauses } = await askOnce({ first: { script: [reply] }, second: { script: [good] } })
    expect(answer).toMatchObject({ ok: true, route: { provider: 'second' }, timing: { requests: 2 } })
    expect(outcomes).toEqual([`first ${outcome}`, 'second ok'])
    expect(pauses).toEqual([])
  })

  test('has the request within 50 ms of the failure', async () => {
    const failed: number[] = []
    const asked: number[] = []
    await using breakerHarness = await askHarness({
      first: { script: [noting(failing(503), (at) => failed.push(at))] },
      second: {
        script: [
          (response) => {
            asked.push(performance.now())
            good(response)
          },
        ],
      },
    })
    // Once the breaker of the first is open, nothing is sent there any more.
    for (let run = 0; run < 6; run++) expect((await breakerHarness.run()).answer.ok).toBe(true)
    const lags = asked.map((at, run) => at - (failed[run] ?? Number.NaN)).sort((a, b) => a - b)
    // The median: a machine that is busy may hold up one of them.
    expect(lags[2]).toBeLessThan(50)
  })

  test('does not wait for the booking of the failure', async () => {
    const asked = Promise.withResolvers<void>()
    const { outcomes } = await askOnce(
      {
        first: { script: [failing(503)] },
        second: {
          script: [
            (response) => {
              asked.resolve()
              good(response)
            },
          ],
        },
      },
      { onFinish: ({ provider }) => (provider === 'first' ? asked.promise : Promise.resolve()) },
    )
    expect(outcomes).toEqual(['first upstream_error', 'second ok'])
  })

  test('is asked when the first is silent beyond its limit for the first token', async () => {
    const timeouts = { firstTokenMs: 100, gapMs: 60_000, totalMs: 60_000 }
    const { answer, outcomes } = await askOnce({
      first: { script: [silent], route: { timeouts } },
      second: { script: [good] },
    })
    expect(outcomes).toEqual(['first timeout', 'second ok'])
    expect(answer.ok && answer.timing.totalMs).toBeLessThan(2000)
  })

  test('is asked alone while the first rests', async () => {
    await using breakerHarness = await askHarness({ first: { script: [failing(503)] }, second: { script: [good] } })
    for (let run = 0; run < 20; run++) await breakerHarness.run()
    expect([breakerHarness.received('first'), breakerHarness.received('second')]).toEqual([8, 20])
  })
})

test('all have failed: those that may pass are asked again, the soonest first', async () => {
  const { outcomes, pauses } = await askOnce({
    first: { script: [failing(429, {}, { 'retry-after': '4' })] },
    second: { script: [failing(429, {}, { 'retry-after': '1' }), good] },
  })
  expect(outcomes).toEqual(['first rate_limited', 'second rate_limited', 'second ok'])
  expect(pauses).toEqual([1100])
})

test('all have failed for good: the failure is one that may pass, if there was one', async () => {
  const { answer } = await askOnce({
    first: { script: [failing(429, {}, { 'retry-after': '60' })] },
    second: { script: [failing(404, { message: 'No endpoints found matching your data policy' })] },
  })
  expect(answer).toMatchObject({
    ok: false,
    failure: { class: 'rate_limited', provider: 'first', retryable: true, retryAfterMs: 60_000 },
  })
})

describe('a text', () => {
  test('that one model refuses is shown to one other, and no more', async () => {
    const { answer, outcomes } = await askOnce({
      first: { script: [refusal] },
      second: { script: [refusal] },
      third: { script: [good] },
    })
    expect(outcomes).toEqual(['first refused', 'second refused'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'refused', retryable: false } })
  })

  test('that one model refuses may be taken by another', async () => {
    const blocked = failing(403, { metadata: { reasons: ['violence'] } })
    const { outcomes } = await askOnce({ first: { script: [blocked] }, second: { script: [good] } })
    expect(outcomes).toEqual(['first content_blocked', 'second ok'])
  })

  test('that is too long goes to wider models alone', async () => {
    const { answer, outcomes } = await askOnce({
      first: { script: [tooLong] },
      same: { script: [good] },
      wider: { script: [good], route: { contextTokens: 100_000 } },
    })
    expect(outcomes).toEqual(['first too_long', 'wider ok'])
    expect(answer).toMatchObject({ ok: true, route: { provider: 'wider' } })
  })

  test('whose answer was cut is not asked for elsewhere', async () => {
    const cut = replyStream([delta('{"n"', 'length'), done])
    const { outcomes } = await askOnce({ first: { script: [cut] }, second: { script: [good] } })
    expect(outcomes).toEqual(['first truncated'])
  })
})
