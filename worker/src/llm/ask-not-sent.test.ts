import { describe, expect, test } from 'vitest'
import { type AskOptions, askHarness, failWith, type ProviderScript, succeed } from '../testing/ask-harness.ts'

type Harness = Awaited<ReturnType<typeof askHarness>>

/** A harness whose recorder waits in each start for what the test decides. */
const harnessWith = async (
  scripted: Record<string, ProviderScript>,
  onStart: (harness: Harness, provider: string) => Promise<void> | void,
  options: AskOptions = {},
): Promise<Harness> => {
  const ready = Promise.withResolvers<Harness>()
  const harness = await askHarness(scripted, {
    ...options,
    onStart: async ({ route }) => onStart(await ready.promise, route.provider),
  })
  ready.resolve(harness)
  return harness
}

/** Lets the route of a provider rest for a minute, as if another worker had found its failures. */
const open = ({ pool, routes, clock }: Harness, provider: string, restMs = 60_000): void => {
  const at = clock.now() + 1
  const health = { state: 'open' as const, until: at + restMs, reason: 'upstream_error', openings: 1, at }
  for (const route of routes.filter((each) => each.provider === provider)) pool.adopt(route, health)
}

describe('ask, when the breaker of a route opens while its call is recorded,', () => {
  test('does not send the request, records that it costs nothing, and asks another route', async () => {
    await using harness = await harnessWith({ a: { script: [succeed] }, b: { script: [succeed] } }, (own, provider) => {
      if (provider === 'a') open(own, 'a')
    })
    const { answer, calls, pauses } = await harness.run()
    expect(answer).toMatchObject({ ok: true, route: { provider: 'b' }, timing: { requests: 1 } })
    expect([harness.received('a'), harness.received('b'), pauses]).toEqual([0, 1, []])
    expect(calls[0]?.result).toEqual({
      outcome: 'not_sent',
      httpStatus: null,
      providerRequestId: null,
      modelServed: null,
      usage: {
        tokensInput: null,
        tokensOutput: null,
        tokensReasoning: null,
        tokensCached: null,
        costUsd: '0',
        costSource: null,
      },
      latencyMs: null,
      firstTokenMs: null,
      error: { message: expect.stringContaining('not sent'), excerpt: null },
    })
  })

  test('reports that no route is available when there is no other, with the time when one is', async () => {
    await using harness = await harnessWith({ a: { script: [succeed] } }, (own) => open(own, 'a', 40_000))
    const { answer, outcomes } = await harness.run()
    expect(outcomes).toEqual(['a not_sent'])
    expect(answer).toMatchObject({
      ok: false,
      failure: { class: 'no_route_available', retryable: true, provider: null, timing: { requests: 0 } },
    })
    const wait = answer.ok ? null : answer.failure.retryAfterMs
    expect(wait).toBeGreaterThan(39_000)
    expect(harness.received('a')).toBe(0)
  })

  test('reports the failure that was received before', async () => {
    const scripted = { a: { script: [failWith(503)] }, b: { script: [succeed] } }
    await using harness = await harnessWith(scripted, (own, provider) => {
      if (provider === 'b') for (const name of ['a', 'b']) open(own, name)
    })
    const { answer, outcomes } = await harness.run()
    expect(outcomes).toEqual(['a upstream_error', 'b not_sent'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'upstream_error', timing: { requests: 1 } } })
  })

  test('does not send a hedge', async () => {
    const slowly: ProviderScript['script'] = [(response) => void setTimeout(() => succeed(response), 100)]
    const scripted = { a: { script: slowly }, b: { script: [succeed] } }
    const isHedged = (own: Harness, provider: string) => {
      if (provider === 'b') open(own, 'b')
    }
    await using harness = await harnessWith(scripted, isHedged, { hedgeMs: 10 })
    const { answer, outcomes } = await harness.run()
    expect(outcomes).toEqual(['a ok', 'b not_sent'])
    expect(answer).toMatchObject({ ok: true, route: { provider: 'a' }, timing: { requests: 1 } })
  })

  test('still sends the probe of a half-open breaker', async () => {
    await using harness = await harnessWith({ a: { script: [succeed] } }, (own) => open(own, 'a'))
    open(harness, 'a', -1)
    const { outcomes } = await harness.run()
    expect(outcomes).toEqual(['a ok'])
  })

  test('is aborted when its run was stopped meanwhile', async () => {
    const stop = new AbortController()
    await using harness = await harnessWith({ a: { script: [succeed] } }, (own) => {
      open(own, 'a')
      stop.abort()
    })
    const { answer, outcomes } = await harness.run(stop)
    expect(outcomes).toEqual(['a aborted'])
    expect(answer).toMatchObject({ failure: { class: 'aborted' } })
  })
})

describe('ask, for many calls at once and a slow recorder,', () => {
  test('sends a failing route no more requests than open its breaker', async () => {
    const scripted = { a: { script: [failWith(503)] }, b: { script: [succeed] } }
    let started = 0
    const opened = Promise.withResolvers<void>()
    const isOpen = ({ pool }: Harness) => pool.healths().some(({ health }) => health.state === 'open')
    const waitForBreaker = async (own: Harness, provider: string) => {
      if (provider === 'b' && isOpen(own)) opened.resolve()
      if (provider === 'a' && started++ >= 8) await opened.promise
    }
    await using harness = await harnessWith(scripted, waitForBreaker)
    const runs = await Promise.all(Array.from({ length: 60 }, () => harness.run()))
    expect(runs.map(({ answer }) => answer.ok)).toEqual(Array(60).fill(true))
    expect(started).toBe(60)
    expect(harness.received('a')).toBe(8)
    const firsts = runs.map(({ outcomes }) => outcomes[0]).sort()
    expect(firsts).toEqual([...Array(52).fill('a not_sent'), ...Array(8).fill('a upstream_error')])
  })

  test('sends the one probe of a route, whatever waits beside it', async () => {
    const probed = Promise.withResolvers<void>()
    let started = 0
    const scripted = { a: { script: [succeed] }, b: { script: [succeed] } }
    await using harness = await harnessWith(scripted, async (_, provider) => {
      if (provider !== 'a') return
      // The calls wait until the route rests, and the last of them is its probe.
      if (++started < 10) await probed.promise
      else probed.resolve()
    })
    const waiting = Array.from({ length: 9 }, () => harness.run())
    await expect.poll(() => started).toBe(9)
    open(harness, 'a', -1)
    const [probe, ...others] = await Promise.all([harness.run(), ...waiting])
    expect(probe?.outcomes).toEqual(['a ok'])
    expect(others.map(({ outcomes }) => outcomes)).toEqual(Array(9).fill(['a not_sent', 'b ok']))
    expect(harness.received('a')).toBe(1)
  })
})
