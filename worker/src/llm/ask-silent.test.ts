import { describe, expect, test } from 'vitest'
import { askHarness, failWith, neverAnswer, type ProviderScript, succeed } from '../testing/ask-harness.ts'
import { delta, done, type Reply, replyStream } from '../testing/scripted-provider.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'

/** A reply that comes when `when` has resolved. */
const later =
  (when: Promise<unknown>, reply: Reply): Reply =>
  (response) =>
    void when.then(() => reply(response))

/** Routes of which `a` has answered before, so that its silence is noticed. */
const measured = async (
  scripted: Record<string, ProviderScript>,
  options: Omit<NonNullable<Parameters<typeof askHarness>[1]>, 'leaveSilent'> = {},
) => {
  const harness = await askHarness(scripted, { ...options, leaveSilent: 'known' })
  expect((await harness.run()).outcomes).toEqual(['a ok'])
  return harness
}

const overBudget = new BudgetExceeded({
  final: true,
  hopeless: false,
  resetSeconds: 60,
  neededUsd: '0.01',
  budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
})

describe('ask, when a route is silent for longer than it usually is,', () => {
  test('asks another route after two seconds, and leaves the silent one as a timeout with its cost', async () => {
    await using harness = await measured({ a: { script: [succeed, neverAnswer] }, b: { script: [succeed] } })
    const { answer, outcomes, calls, pauses } = await harness.run()
    expect(outcomes).toEqual(['a timeout', 'b ok'])
    expect(pauses[0]).toBe(2_000)
    expect(answer).toMatchObject({ ok: true, route: { provider: 'b' }, timing: { requests: 2 } })
    expect(calls[0]?.result).toMatchObject({
      error: { message: expect.stringContaining('silent') },
      usage: { costSource: 'estimate' },
    })
    expect(Number(calls[0]?.result?.usage.costUsd)).toBeGreaterThan(0)
    await harness.serverOf('a').hungUp
  })

  test('opens the breaker of a route that stays silent, so that later requests do not wait for it', async () => {
    await using harness = await measured({ a: { script: [succeed, neverAnswer] }, b: { script: [succeed] } })
    const stateOfA = () => harness.pool.healths()[0]?.health.state
    let runs = 0
    while (stateOfA() === 'closed' && runs < 8) {
      expect((await harness.run()).answer.ok).toBe(true)
      runs++
    }
    expect(stateOfA()).toBe('open')
    expect((await harness.run()).outcomes).toEqual(['b ok'])
  })

  test('aborts the other request when the silent route speaks first, and pays for one answer', async () => {
    const asked = Promise.withResolvers<void>()
    await using harness = await measured({
      a: { script: [succeed, later(asked.promise, succeed)] },
      b: {
        script: [
          () => {
            asked.resolve()
          },
        ],
      },
    })
    const { answer, outcomes } = await harness.run()
    expect(answer).toMatchObject({ ok: true, route: { provider: 'a' } })
    expect(outcomes).toEqual(['a ok', 'b aborted'])
    expect(harness.pool.healths().map(({ health }) => health.state)).toEqual(['closed', 'closed'])
  })

  test('goes on with the route that speaks first alone, before its answer is complete', async () => {
    const finish = Promise.withResolvers<void>()
    const speaks: Reply = (response) => {
      replyStream([delta('{"n":')], 'hang')(response)
      void finish.promise.then(() => response.end(delta('2}', 'stop') + done))
    }
    await using harness = await measured({ a: { script: [succeed, neverAnswer] }, b: { script: [speaks] } })
    const run = harness.run()
    await harness.serverOf('a').hungUp
    finish.resolve()
    expect((await run).answer).toMatchObject({ ok: true, value: { n: 2 } })
  })

  test.each([
    ['is silent too', neverAnswer, 'b timeout'],
    ['fails', failWith(500), 'b upstream_error'],
  ])('asks a third route when the second one %s', async (_, reply, outcome) => {
    await using harness = await measured({
      a: { script: [succeed, failWith(500), neverAnswer] },
      b: { script: [succeed, reply] },
      c: { script: [succeed] },
    })
    expect((await harness.run()).outcomes).toEqual(['a upstream_error', 'b ok'])
    const { answer, outcomes } = await harness.run()
    expect(answer).toMatchObject({ ok: true, route: { provider: 'c' } })
    expect(outcomes).toEqual(['a timeout', outcome, 'c ok'])
  })

  test('waits on when the budget has no room for a second call', async () => {
    const refused = Promise.withResolvers<void>()
    await using harness = await measured(
      { a: { script: [succeed, later(refused.promise, succeed)] }, b: { script: [succeed] } },
      {
        onStart: async ({ hedge }) => {
          if (!hedge) return
          refused.resolve()
          throw overBudget
        },
      },
    )
    const { answer } = await harness.run()
    expect(answer).toMatchObject({ ok: true, route: { provider: 'a' }, timing: { requests: 1 } })
    expect(harness.received('b')).toBe(0)
  })

  test('aborts all requests when the run is stopped, and asks no further route', async () => {
    const stop = new AbortController()
    const stopping: Reply = () => stop.abort('cancelled')
    await using harness = await measured({
      a: { script: [succeed, neverAnswer] },
      b: { script: [stopping] },
      c: { script: [succeed] },
    })
    const { answer, outcomes } = await harness.run(stop)
    expect(answer).toMatchObject({ ok: false, failure: { class: 'aborted' } })
    expect(outcomes).toEqual(['a aborted', 'b aborted'])
    expect(harness.received('c')).toBe(0)
  })

  test('never leaves the only route', async () => {
    const slow: Reply = (response) => void setTimeout(() => succeed(response), 100)
    await using alone = await measured({ a: { script: [succeed, slow] } })
    expect(await alone.run()).toMatchObject({ outcomes: ['a ok'], pauses: [] })
  })

  test('asks another route after ten seconds when nobody knows how long the silent one usually takes', async () => {
    await using harness = await askHarness(
      { a: { script: [neverAnswer] }, b: { script: [succeed] } },
      { leaveSilent: 'all' },
    )
    const { outcomes, pauses } = await harness.run()
    expect([outcomes, pauses[0]]).toEqual([['a timeout', 'b ok'], 10_000])
  })

  test('asks another route after two seconds when other workers have heard the silent one', async () => {
    await using harness = await askHarness(
      { a: { script: [neverAnswer] }, b: { script: [succeed] } },
      { leaveSilent: 'all' },
    )
    for (const route of harness.routes) harness.pool.learnFirstTokens(route, [150, 90, 200])
    const { outcomes, pauses } = await harness.run()
    expect([outcomes, pauses[0]]).toEqual([['a timeout', 'b ok'], 2_000])
  })
})
