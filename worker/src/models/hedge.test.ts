import { expect, test } from 'vitest'
import { askRig, failing, good, silent } from './ask-rig.ts'
import { delta, replyStream } from './scripted-provider.ts'

test('the first answer wins; the other request is aborted, and on record with what it may have cost', async () => {
  const dripping = replyStream([delta('{"n":0,')], 'hang')
  await using rig = await askRig({ slow: { script: [dripping] }, fast: { script: [good] } }, { hedgeMs: 700 })
  const { answer, calls, outcomes, pauses } = await rig.run()
  expect(answer).toMatchObject({ ok: true, value: { n: 1 }, route: { provider: 'fast' }, timing: { requests: 2 } })
  expect(outcomes).toEqual(['slow aborted', 'fast ok'])
  expect(calls.map(({ start }) => start.hedge)).toEqual([false, true])
  expect(pauses).toEqual([700])
  const [slow] = calls
  expect(slow?.result?.usage).toMatchObject({ costSource: 'estimate' })
  expect(Number(slow?.result?.usage.costUsd)).toBeGreaterThan(0)
  expect(Number(slow?.result?.usage.costUsd)).toBeLessThanOrEqual(Number(slow?.start.reservedUsd))
  await rig.serverOf('slow').hungUp
})

test('that a slow request lost a race is no failure of its route', async () => {
  await using rig = await askRig({ slow: { script: [silent] }, fast: { script: [good] } }, { hedgeMs: 700 })
  for (let run = 0; run < 10; run++) await rig.run()
  expect(rig.board.healths().map(({ health }) => health.state)).toEqual(['closed', 'closed'])
})

test('with one route alone there is no hedge: the same is not asked twice', async () => {
  await using rig = await askRig({ alone: { script: [good] } }, { hedgeMs: 1 })
  expect((await rig.run()).outcomes).toEqual(['alone ok'])
})

test('a route that rests is no hedge', async () => {
  await using rig = await askRig(
    { slow: { script: [(response) => setImmediate(good, response)] }, resting: { script: [good] } },
    { hedgeMs: 700 },
  )
  const now = rig.clock.now()
  const health = { state: 'open' as const, until: now + 60_000, reason: 'timeout', openings: 1, at: now }
  rig.board.adopt({ provider: 'resting', model: 'acme/m' }, health)
  expect((await rig.run()).outcomes).toEqual(['slow ok'])
  expect(rig.received('resting')).toBe(0)
})

test('both fail: a third is asked at once', async () => {
  const timeouts = { firstTokenMs: 50, gapMs: 60_000, totalMs: 60_000 }
  await using rig = await askRig(
    {
      silent: { script: [silent], route: { timeouts } },
      failing: { script: [failing(500)] },
      good: { script: [good] },
    },
    { hedgeMs: 1 },
  )
  const { answer, outcomes } = await rig.run()
  expect(answer).toMatchObject({ ok: true, route: { provider: 'good' }, timing: { requests: 3 } })
  expect(outcomes).toEqual(['silent timeout', 'failing upstream_error', 'good ok'])
})

test('a hedge that cannot be recorded is not sent, and ends the first too', async () => {
  await using rig = await askRig(
    { slow: { script: [silent] }, fast: { script: [good] } },
    {
      hedgeMs: 1,
      onStart: async ({ hedge }) => {
        if (!hedge) return
        await expect.poll(() => rig.received('slow')).toBe(1)
        throw new Error('the database is away')
      },
    },
  )
  await expect(rig.run()).rejects.toThrow('away')
  await rig.serverOf('slow').hungUp
  expect([rig.received('fast'), rig.unsettled()]).toEqual([0, 0])
})
