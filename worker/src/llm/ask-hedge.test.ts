import { describe, expect, test } from 'vitest'
import { askHarness, failWith, neverAnswer, succeed } from '../testing/ask-harness.ts'
import { delta, replyStream } from '../testing/scripted-provider.ts'

describe('ask with a hedge', () => {
  test('the first answer wins, and the other request is aborted and recorded with its estimated cost', async () => {
    const dripping = replyStream([delta('{"n":0,')], 'hang')
    await using harness = await askHarness(
      { slow: { script: [dripping] }, fast: { script: [succeed] } },
      { hedgeMs: 700 },
    )
    const { answer, calls, outcomes, pauses } = await harness.run()
    expect(answer).toMatchObject({ ok: true, value: { n: 1 }, route: { provider: 'fast' }, timing: { requests: 2 } })
    expect(outcomes).toEqual(['slow aborted', 'fast ok'])
    expect(calls.map(({ start }) => start.hedge)).toEqual([false, true])
    expect(pauses).toEqual([700])
    const [slow] = calls
    expect(slow?.result?.usage).toMatchObject({ costSource: 'estimate' })
    expect(Number(slow?.result?.usage.costUsd)).toBeGreaterThan(0)
    expect(Number(slow?.result?.usage.costUsd)).toBeLessThanOrEqual(Number(slow?.start.reservedUsd))
    await harness.serverOf('slow').hungUp
  })

  test('a request that loses to the hedge does not count as a failure of its route', async () => {
    await using harness = await askHarness(
      { slow: { script: [neverAnswer] }, fast: { script: [succeed] } },
      { hedgeMs: 700 },
    )
    for (let run = 0; run < 10; run++) await harness.run()
    expect(harness.pool.healths().map(({ health }) => health.state)).toEqual(['closed', 'closed'])
  })

  test('no hedge is sent when there is only one route', async () => {
    await using harness = await askHarness({ alone: { script: [succeed] } }, { hedgeMs: 1 })
    expect((await harness.run()).outcomes).toEqual(['alone ok'])
  })

  test('no hedge is sent to a route that rests', async () => {
    await using harness = await askHarness(
      { slow: { script: [(response) => setImmediate(succeed, response)] }, resting: { script: [succeed] } },
      { hedgeMs: 700 },
    )
    const now = harness.clock.now()
    const health = { state: 'open' as const, until: now + 60_000, reason: 'timeout', openings: 1, at: now }
    harness.pool.adopt({ provider: 'resting', model: 'acme/m' }, health)
    expect((await harness.run()).outcomes).toEqual(['slow ok'])
    expect(harness.received('resting')).toBe(0)
  })

  test('a third route is asked at once when both requests fail', async () => {
    const timeouts = { firstTokenMs: 50, gapMs: 60_000, totalMs: 60_000 }
    await using harness = await askHarness(
      {
        silent: { script: [neverAnswer], route: { timeouts } },
        failing: { script: [failWith(500)] },
        good: { script: [succeed] },
      },
      { hedgeMs: 1 },
    )
    const { answer, outcomes } = await harness.run()
    expect(answer).toMatchObject({ ok: true, route: { provider: 'good' }, timing: { requests: 3 } })
    expect(outcomes).toEqual(['silent timeout', 'failing upstream_error', 'good ok'])
  })

  test('a hedge whose start cannot be recorded is not sent, and the first request is aborted', async () => {
    await using harness = await askHarness(
      { slow: { script: [neverAnswer] }, fast: { script: [succeed] } },
      {
        hedgeMs: 1,
        onStart: async ({ hedge }) => {
          if (!hedge) return
          await expect.poll(() => harness.received('slow')).toBe(1)
          throw new Error('the database is away')
        },
      },
    )
    await expect(harness.run()).rejects.toThrow('away')
    await harness.serverOf('slow').hungUp
    expect([harness.received('fast'), harness.openLeases()]).toEqual([0, 0])
  })
})
