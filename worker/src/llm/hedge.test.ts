import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { attemptOf } from '../testing/route-pool-harness.ts'
import { exampleKey } from '../testing/scripted-attempt.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import type { FailureClass } from './errors/failure.ts'
import { sendHedged } from './hedge.ts'
import { createClient } from './wire/client.ts'

type Provider = 'first' | 'second'

const leaseOf = (provider: Provider): RouteLease => ({
  client: createClient({ baseURL: 'http://127.0.0.1:1/v1' }),
  key: exampleKey(),
  route: exampleRoute({ provider }),
  probe: false,
  hedge: provider === 'second',
  mayLeave: () => true,
})

/**
 * `sendHedged` with requests that end when the test says so (`end`), and a hedge that is due when the test says so
 * (`due`).
 */
const startHedged = ({
  hedgeMs = 100 as number | null,
  acquireNext = () => leaseOf('second') as RouteLease | null,
} = {}) => {
  const stop = new AbortController()
  const due = Promise.withResolvers<void>()
  const sent: string[] = []
  const pending: Record<string, PromiseWithResolvers<Attempt<string>>> = {}
  const clock: Clock = {
    now: () => 0,
    steady: () => 0,
    sleep: (_, signal) =>
      Promise.race([due.promise, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))]),
  }
  const outcome = sendHedged<string>({
    first: leaseOf('first'),
    send: (lease, signal) => {
      const { provider } = lease.route
      const attempt = Promise.withResolvers<Attempt<string>>()
      sent.push(provider)
      pending[provider] = attempt
      signal.addEventListener('abort', () => attempt.resolve(attemptOf(lease.route, 'aborted', 0, 1)))
      return attempt.promise
    },
    acquireNext,
    hedgeMs,
    silenceMs: () => null,
    clock,
    signal: stop.signal,
  })
  const end = (provider: Provider, result: 'ok' | FailureClass) =>
    pending[provider]?.resolve(attemptOf(exampleRoute({ provider }), result, 0, 1))
  const summary = async () => {
    const { winner, attempts } = await outcome
    const results = attempts.map((attempt) => {
      const result = attempt.outcome.ok ? 'ok' : attempt.outcome.class
      return `${attempt.route.provider} ${result}`
    })
    return { winner: winner?.route.provider ?? null, attempts: results, sent }
  }
  const bothSent = async () => {
    due.resolve()
    await expect.poll(() => sent).toEqual(['first', 'second'])
  }
  return { stop, end, pending, summary, due, bothSent, sent, outcome }
}

describe('sendHedged', () => {
  test('sends one request when hedging is off', async () => {
    const { due, end, summary } = startHedged({ hedgeMs: null })
    due.resolve()
    end('first', 'ok')
    expect(await summary()).toEqual({ winner: 'first', attempts: ['first ok'], sent: ['first'] })
  })

  test('sends no hedge when the answer arrives before the hedge is due', async () => {
    const { due, end, summary } = startHedged()
    end('first', 'ok')
    const { sent } = await summary()
    due.resolve()
    await new Promise(setImmediate)
    expect(sent).toEqual(['first'])
  })

  test('sends no hedge when the first request fails before the hedge is due', async () => {
    const { end, summary } = startHedged()
    end('first', 'timeout')
    expect(await summary()).toEqual({ winner: null, attempts: ['first timeout'], sent: ['first'] })
  })

  test('sends no hedge when no other route is free', async () => {
    const { due, end, summary } = startHedged({ acquireNext: () => null })
    due.resolve()
    await new Promise(setImmediate)
    end('first', 'ok')
    expect(await summary()).toMatchObject({ winner: 'first', sent: ['first'] })
  })

  test('sends no hedge after an abort', async () => {
    const { stop, summary } = startHedged()
    stop.abort()
    expect(await summary()).toEqual({ winner: null, attempts: ['first aborted'], sent: ['first'] })
  })
})

describe('sendHedged with both requests running', () => {
  const pairs = [
    ['first', 'second'],
    ['second', 'first'],
  ] as const

  test.each(pairs)('returns the answer of the %s request and aborts the %s', async (winner, loser) => {
    const { bothSent, end, summary } = startHedged()
    await bothSent()
    end(winner, 'ok')
    expect(await summary()).toMatchObject({ winner, attempts: [`${winner} ok`, `${loser} aborted`] })
  })

  test.each(pairs)('waits, after a failure of the %s request, for the %s', async (failed, other) => {
    const { bothSent, end, summary } = startHedged()
    await bothSent()
    end(failed, 'upstream_error')
    await new Promise(setImmediate)
    end(other, 'ok')
    expect(await summary()).toMatchObject({ winner: other, attempts: [`${failed} upstream_error`, `${other} ok`] })
  })

  test('returns no winner when both fail', async () => {
    const { bothSent, end, summary } = startHedged()
    await bothSent()
    end('second', 'network')
    end('first', 'timeout')
    expect(await summary()).toMatchObject({ winner: null, attempts: ['second network', 'first timeout'] })
  })

  test('returns both attempts and one winner when both answer in the same moment', async () => {
    const { bothSent, end, summary } = startHedged()
    await bothSent()
    end('first', 'ok')
    end('second', 'ok')
    expect(await summary()).toMatchObject({ winner: 'first', attempts: ['first ok', 'second ok'] })
  })

  test('aborts both when its signal aborts', async () => {
    const { bothSent, stop, summary } = startHedged()
    await bothSent()
    stop.abort()
    expect(await summary()).toMatchObject({ winner: null, attempts: ['first aborted', 'second aborted'] })
  })

  test.each(pairs)(
    'throws an unexpected error of the %s request after it has aborted the %s',
    async (broken, other) => {
      const { bothSent, pending, outcome } = startHedged()
      await bothSent()
      pending[broken]?.reject(new Error('the database is away'))
      await expect(outcome).rejects.toThrow('away')
      expect(await pending[other]?.promise).toMatchObject({ outcome: { class: 'aborted' } })
    },
  )
})

test.each([
  ['ok', 'first'],
  ['upstream_error', undefined],
] as const)(
  'a request that no other may follow gets the signal of its caller, and is all there is: %s',
  async (end, wins) => {
    const { signal } = new AbortController()
    const signals: AbortSignal[] = []
    const { winner, attempts } = await sendHedged<string>({
      first: leaseOf('first'),
      send: async ({ route }, stop, watch) => {
        signals.push(stop)
        watch.onSent()
        watch.onProgress()
        return attemptOf(route, end, 0, 1)
      },
      acquireNext: () => leaseOf('second'),
      hedgeMs: null,
      silenceMs: null,
      clock: { now: () => 0, steady: () => 0, sleep: async () => undefined },
      signal,
    })
    expect(signals).toEqual([signal])
    expect([winner?.route.provider, attempts.length]).toEqual([wins, 1])
  },
)
