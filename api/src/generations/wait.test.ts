import type { Generation, Status } from '@recto/shared/generation'
import { describe, expect, it } from 'vitest'
import { createSubscriptions } from '../subscriptions.ts'
import { exampleGeneration } from '../testing/example-generation.ts'
import { waitForChange } from './wait.ts'

const caller = { userId: 'ann', claims: '{}', expiresAt: 0 }

const generation = (status: Status, updated = 1): Generation => ({
  ...exampleGeneration,
  id: 'g',
  status,
  updated_at: `2026-11-21T03:00:00.00000${updated}Z`,
})

const never = new AbortController().signal

/** A generation that others change, and somebody who waits for it. `reads` counts the looks. */
const setUp = ({ max = 10, stopping = never, first = generation('pending') } = {}) => {
  const subscriptions = createSubscriptions(max, max)
  const state = { row: first, reads: 0 }
  const readAs = Promise.withResolvers<void>()
  const wait = waitForChange({
    read: async () => {
      state.reads++
      const { row } = state
      readAs.resolve()
      return row
    },
    subscriptions,
    stopping,
    now: Date.now,
  })
  const begin = (more: { seconds?: number; ifNoneMatch?: string; gone?: AbortSignal } = {}) =>
    wait(caller, 'g', { seconds: 30, ifNoneMatch: undefined, gone: never, ...more })
  return { subscriptions, state, begin, firstRead: readAs.promise }
}

describe('a held answer', () => {
  it('comes when the status changes, by a look after the notification', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin()
    await firstRead
    state.row = generation('running')
    subscriptions.changed(['other', 'g'])
    expect((await answer).status).toBe('running')
    expect(state.reads).toBe(2)
  })

  it('does not miss a change that comes during the first look', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin()
    state.row = generation('cancelled')
    subscriptions.changed(['g'])
    await firstRead
    expect((await answer).status).toBe('cancelled')
  })

  it('stays when the notification was about something else than the status', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin()
    await firstRead
    state.row = generation('pending', 2)
    subscriptions.changed(['g'])
    await expect.poll(() => state.reads).toBe(2)
    state.row = generation('running', 3)
    subscriptions.changed(['g'])
    expect((await answer).status).toBe('running')
  })

  it('with an ETag comes when that is not the one any more', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin({ ifNoneMatch: 'W/"g.20261121030000000001.0"' })
    await firstRead
    state.row = generation('pending', 2)
    subscriptions.changed(['g'])
    expect((await answer).updated_at).toMatch(/2Z$/)
  })

  it('with an old ETag comes at once', async () => {
    const { state, begin } = setUp()
    await begin({ ifNoneMatch: '"old"' })
    expect(state.reads).toBe(1)
  })

  it.each(['succeeded', 'failed', 'cancelled'] as const)('comes at once when it is %s', async (status) => {
    const { state, begin } = setUp({ first: generation(status) })
    await begin()
    expect(state.reads).toBe(1)
  })

  it('comes with the state as it is when the process stops', async () => {
    const stop = new AbortController()
    const { begin, firstRead } = setUp({ stopping: stop.signal })
    const answer = begin()
    await firstRead
    stop.abort()
    expect((await answer).status).toBe('pending')
  })

  it('ends without another look when the client has gone', async () => {
    const gone = new AbortController()
    const { state, begin, firstRead } = setUp()
    const answer = begin({ gone: gone.signal })
    await firstRead
    gone.abort()
    await answer
    expect(state.reads).toBe(1)
  })

  it('comes at once when too many wait', async () => {
    const { state, begin, firstRead, subscriptions } = setUp({ max: 1 })
    const first = begin()
    await firstRead
    await begin()
    state.row = generation('running')
    subscriptions.changedAll()
    expect((await first).status).toBe('running')
    expect(subscriptions.subscribe('h', 'bob')).toBeDefined()
  })
})
