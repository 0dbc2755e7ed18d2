import { expect, test } from 'vitest'
import { askHarness, failing, good, silent } from '../testing/ask-harness.ts'
import { delta, replyStream } from '../testing/scripted-provider.ts'

test('the first answer wins; the other request is aborted, and on record with what it may have cost', async () => {
  const dripping = replyStream([delta('{"n":0,')], 'hang')
  await using breakerHarness = await askHarness(
    { slow: { script: [dripping] }, fast: { script: [good] } },
    { hedgeMs: 700 },
  )
  const { answer, calls, outcomes, pauses } = await breakerHarness.run()
  expect(answer).toMatchObject({ ok: true, value: { n: 1 }, route: { provider: 'fast' }, timing: { requests: 2 } })
  expect(outcomes).toEqual(['slow aborted', 'fast ok'])
  expect(calls.map(({ start }) => start.hedge)).toEqual([false, true])
  expect(pauses).toEqual([700])
  const [slow] = calls
  expect(slow?.result?.usage).toMatchObject({ costSource: 'estimate' })
  expect(Number(slow?.result?.usage.costUsd)).toBeGreaterThan(0)
  expect(Number(slow?.result?.usage.costUsd)).toBeLessThanOrEqual(Number(slow?.start.reservedUsd))
  await breakerHarness.serverOf('slow').hungUp
})

test('that a slow request lost a race is no failure of its route', async () => {
  await using breakerHarness = await askHarness(
    { slow: { script: [silent] }, fast: { script: [good] } },
    { hedgeMs: 700 },
  )
  for (let run = 0; run < 10; run++) await breakerHarness.run()
  expect(breakerHarness.board.healths().map(({ health }) => health.state)).toEqual(['closed', 'closed'])
})

test('with one route alone there is no hedge: the same is not asked twice', async () => {
  await using breakerHarness = await askHarness({ alone: { script: [good] } }, { hedgeMs: 1 })
  expect((await breakerHarness.run()).outcomes).toEqual(['alone ok'])
})

test('a route that rests is no hedge', async () => {
  await using breakerHarness = await askHarness(
    { slow: { script: [(response) => setImmediate(good, response)] }, resting: { script: [good] } },
    { hedgeMs: 700 },
  )
  const now = breakerHarness.clock.now()
  const health = { state: 'open' as const, until: now + 60_000, reason: 'timeout', openings: 1, at: now }
  breakerHarness.board.adopt({ provider: 'resting', model: 'acme/m' }, health)
  expect((await breakerHarness.run()).outcomes).toEqual(['slow ok'])
  expect(breakerHarness.received('resting')).toBe(0)
})

test('both fail: a third is asked at once', async () => {
  const timeouts = { firstTokenMs: 50, gapMs: 60_000, totalMs: 60_000 }
  await using breakerHarness = await askHarness(
    {
      silent: { script: [silent], route: { timeouts } },
      failing: { script: [failing(500)] },
      good: { script: [good] },
    },
    { hedgeMs: 1 },
  )
  const { answer, outcomes } = await breakerHarness.run()
  expect(answer).toMatchObject({ ok: true, route: { provider: 'good' }, timing: { requests: 3 } })
  expect(outcomes).toEqual(['silent timeout', 'failing upstream_error', 'good ok'])
})

test('a hedge that cannot be recorded is not sent, and ends the first too', async () => {
  await using breakerHarness = await askHarness(
    { slow: { script: [silent] }, fast: { script: [good] } },
    {
      hedgeMs: 1,
      onStart: async ({ hedge }) => {
        if (!hedge) return
        await expect.poll(() => breakerHarness.received('slow')).toBe(1)
        throw new Error('the database is away')
      },
    },
  )
  await expect(breakerHarness.run()).rejects.toThrow('away')
  await breakerHarness.serverOf('slow').hungUp
  expect([breakerHarness.received('fast'), breakerHarness.unsettled()]).toEqual([0, 0])
})
