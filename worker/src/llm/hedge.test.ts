import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { attemptOf } from '../testing/route-pool-harness.ts'
import { ownKey } from '../testing/scripted-attempt.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import type { FailureClass } from './errors/failure.ts'
import { sendHedged } from './hedge.ts'
import { createClient } from './wire/client.ts'

const wayOf = (provider: string): RouteLease => ({
  client: createClient({ baseURL: 'http://127.0.0.1:1/v1' }),
  key: ownKey(),
  route: exampleRoute({ provider }),
  probe: false,
  hedge: provider === 'second',
})

/** A race whose requests end when the test says so, and whose hedge is due when it says so. */
const started = ({ hedgeMs = 100 as number | null, second = () => wayOf('second') as RouteLease | null } = {}) => {
  const stop = new AbortController()
  const due = Promise.withResolvers<void>()
  const sent: string[] = []
  const ends: Record<string, PromiseWithResolvers<Attempt<string>>> = {}
  const clock: Clock = {
    now: () => 0,
    sleep: (_, signal) =>
      Promise.race([due.promise, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))]),
  }
  const outcome = sendHedged<string>({
    first: wayOf('first'),
    send: (lease, signal) => {
      const { provider } = lease.route
      const end = Promise.withResolvers<Attempt<string>>()
      sent.push(provider)
      ends[provider] = end
      signal.addEventListener('abort', () => end.resolve(attemptOf(lease.route, 'aborted', 0, 1)))
      return end.promise
    },
    second,
    hedgeMs,
    clock,
    signal: stop.signal,
  })
  const end = (provider: string, how: 'ok' | FailureClass) =>
    ends[provider]?.resolve(attemptOf(exampleRoute({ provider }), how, 0, 1))
  const told = async () => {
    const { winner, attempts } = await outcome
    const named = attempts.map(({ route, outcome: of }) => `${route.provider} ${of.ok ? 'ok' : of.class}`)
    return { winner: winner?.route.provider ?? null, attempts: named, sent }
  }
  const hedged = async () => {
    due.resolve()
    await expect.poll(() => sent).toEqual(['first', 'second'])
  }
  return { stop, end, ends, told, due, hedged, sent, outcome }
}

test('without a hedge one request is sent', async () => {
  const { due, end, told } = started({ hedgeMs: null })
  due.resolve()
  end('first', 'ok')
  expect(await told()).toEqual({ winner: 'first', attempts: ['first ok'], sent: ['first'] })
})

test('an answer before the hedge is due spares it', async () => {
  const { due, end, told } = started()
  end('first', 'ok')
  const { sent } = await told()
  due.resolve()
  await new Promise(setImmediate)
  expect(sent).toEqual(['first'])
})

test('a failure before the hedge is due ends the race: the loop goes on by itself', async () => {
  const { end, told } = started()
  end('first', 'timeout')
  expect(await told()).toEqual({ winner: null, attempts: ['first timeout'], sent: ['first'] })
})

test('a hedge for which there is no route is none', async () => {
  const { due, end, told } = started({ second: () => null })
  due.resolve()
  await new Promise(setImmediate)
  end('first', 'ok')
  expect(await told()).toMatchObject({ winner: 'first', sent: ['first'] })
})

describe('once both are under way', () => {
  test.each(['first', 'second'])('the %s may win, and the other is aborted', async (winner) => {
    const loser = winner === 'first' ? 'second' : 'first'
    const { hedged, end, told } = started()
    await hedged()
    end(winner, 'ok')
    expect(await told()).toMatchObject({ winner, attempts: [`${winner} ok`, `${loser} aborted`] })
  })

  test.each(['first', 'second'])('the failure of the %s does not end the other', async (failed) => {
    const other = failed === 'first' ? 'second' : 'first'
    const { hedged, end, told } = started()
    await hedged()
    end(failed, 'upstream_error')
    await new Promise(setImmediate)
    end(other, 'ok')
    expect(await told()).toMatchObject({ winner: other, attempts: [`${failed} upstream_error`, `${other} ok`] })
  })

  test('both may fail', async () => {
    const { hedged, end, told } = started()
    await hedged()
    end('second', 'network')
    end('first', 'timeout')
    expect(await told()).toMatchObject({ winner: null, attempts: ['second network', 'first timeout'] })
  })

  test('of two answers in the same moment one wins, and both are told', async () => {
    const { hedged, end, told } = started()
    await hedged()
    end('first', 'ok')
    end('second', 'ok')
    expect(await told()).toMatchObject({ winner: 'first', attempts: ['first ok', 'second ok'] })
  })

  test('an abort from outside ends both', async () => {
    const { hedged, stop, told } = started()
    await hedged()
    stop.abort()
    expect(await told()).toMatchObject({ winner: null, attempts: ['first aborted', 'second aborted'] })
  })

  test.each(['first', 'second'])(
    'an error of ours in the %s aborts the other, and is thrown when both are over',
    async (broken) => {
      const other = broken === 'first' ? 'second' : 'first'
      const { hedged, ends, outcome } = started()
      await hedged()
      ends[broken]?.reject(new Error('the database is away'))
      await expect(outcome).rejects.toThrow('away')
      expect(await ends[other]?.promise).toMatchObject({ outcome: { class: 'aborted' } })
    },
  )
})

test('an abort before the hedge is due sends none', async () => {
  const { stop, told } = started()
  stop.abort()
  expect(await told()).toEqual({ winner: null, attempts: ['first aborted'], sent: ['first'] })
})
