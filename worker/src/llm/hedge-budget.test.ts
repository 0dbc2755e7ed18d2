import { expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { ownKey } from '../testing/scripted-attempt.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'
import { sendHedged } from './hedge.ts'
import { createClient } from './wire/client.ts'

const refusal = new BudgetExceeded({
  final: true,
  hopeless: false,
  resetSeconds: 60,
  neededUsd: '0.01',
  budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
})

const wayOf = (provider: string, hedge: boolean): RouteLease => ({
  client: createClient({ baseURL: 'http://127.0.0.1:1/v1' }),
  key: ownKey(),
  route: exampleRoute({ provider }),
  probe: false,
  hedge,
})

const answered = (lease: RouteLease): Attempt<string> => ({
  route: lease.route,
  outcome: { ok: true, value: 'cards', truncated: false },
  httpStatus: 200,
  providerRequestId: null,
  modelServed: null,
  usage: {
    tokensInput: 1,
    tokensOutput: 1,
    tokensReasoning: null,
    tokensCached: null,
    costUsd: '0.001',
    costSource: 'provider',
  },
  startedAt: 0,
  latencyMs: 1,
  firstTokenMs: 1,
  excerpt: null,
  recorded: Promise.resolve(),
})

/** The first request answers once the hedge was refused with this, unless it was aborted before. */
const raceWith = (broken: unknown) => {
  const refused = Promise.withResolvers<void>()
  const clock: Clock = { now: () => 0, sleep: async () => undefined }
  return sendHedged<string>({
    first: wayOf('first', false),
    send: async (lease, signal) => {
      if (lease.hedge) {
        setImmediate(refused.resolve)
        throw broken
      }
      await refused.promise
      signal.throwIfAborted()
      return answered(lease)
    },
    second: () => wayOf('second', true),
    hedgeMs: 1,
    clock,
    signal: new AbortController().signal,
  })
}

test('a hedge without the money for it is as if there had been none', async () => {
  const { winner, attempts } = await raceWith(refusal)
  expect(winner?.route.provider).toBe('first')
  expect(attempts).toHaveLength(1)
})

test('any other defect of a hedge ends both', async () => {
  await expect(raceWith(new TypeError('a defect'))).rejects.toThrow()
})

test('a first request without the money for it says so', async () => {
  const send = () => Promise.reject(refusal)
  const clock: Clock = { now: () => 0, sleep: async () => undefined }
  const { signal } = new AbortController()
  const first = wayOf('first', false)
  await expect(sendHedged({ first, send, second: () => null, hedgeMs: null, clock, signal })).rejects.toBe(refusal)
})
