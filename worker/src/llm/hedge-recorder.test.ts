import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { attemptOf } from '../testing/route-pool-harness.ts'
import { exampleKey } from '../testing/scripted-attempt.ts'
import type { RouteLease } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'
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

describe('sendHedged with a recorder that rejects the start of a call', () => {
  const budgetExceeded = new BudgetExceeded({
    final: true,
    hopeless: false,
    resetSeconds: 60,
    neededUsd: '0.01',
    budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
  })
  const clock: Clock = { now: () => 0, steady: () => 0, sleep: async () => undefined }
  const { signal } = new AbortController()

  /** The hedge throws `error`. The first request answers after that, unless it is aborted. */
  const hedgeThrows = (error: unknown) => {
    const thrown = Promise.withResolvers<void>()
    return sendHedged<string>({
      first: leaseOf('first'),
      send: async (lease, stop) => {
        if (lease.hedge) {
          setImmediate(thrown.resolve)
          throw error
        }
        await thrown.promise
        stop.throwIfAborted()
        return attemptOf(lease.route, 'ok', 0, 1)
      },
      acquireNext: () => leaseOf('second'),
      hedgeMs: 1,
      silenceMs: () => null,
      clock,
      signal,
    })
  }

  test('ignores a hedge that exceeds the budget', async () => {
    const { winner, attempts } = await hedgeThrows(budgetExceeded)
    expect(winner?.route.provider).toBe('first')
    expect(attempts).toHaveLength(1)
  })

  test('aborts the first request and throws when the hedge throws any other error', async () => {
    await expect(hedgeThrows(new TypeError('a defect'))).rejects.toThrow()
  })

  test.each([
    ['another could follow', () => null],
    ['no other may follow', null],
  ])('throws BudgetExceeded when the first request exceeds the budget, where %s', async (_, silenceMs) => {
    const send = () => Promise.reject(budgetExceeded)
    const outcome = sendHedged({
      first: leaseOf('first'),
      send,
      acquireNext: () => null,
      hedgeMs: null,
      silenceMs,
      clock,
      signal,
    })
    await expect(outcome).rejects.toBe(budgetExceeded)
  })
})
