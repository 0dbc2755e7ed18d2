import { AppError } from '@recto/shared/errors'
import type { Generation, Status } from '@recto/shared/generation'
import { describe, expect, it } from 'vitest'
import { createSubscriptions } from '../subscriptions.ts'
import { exampleGeneration } from '../testing/example-generation.ts'
import { waitForChange, waitForEnd } from './wait.ts'

const caller = { userId: 'ann', claims: '{}', expiresAt: 0 }

const generation = (status: Status, updated = 1): Generation => ({
  ...exampleGeneration,
  id: 'g',
  status,
  updated_at: `2026-11-21T03:00:00.00000${updated}Z`,
})

type WaitCase = { seconds?: number; gone?: AbortSignal; stopping?: AbortSignal; max?: number }

const never = new AbortController().signal

/** A generation that the test changes, and a caller who waits for that. `state.reads` counts the reads. */
const setUp = ({ max = 10, stopping = never, first = generation('pending') } = {}) => {
  const subscriptions = createSubscriptions(max, max)
  const state = { row: first as Generation | undefined, reads: 0 }
  const readAs = Promise.withResolvers<void>()
  const deps = {
    longestWaitMs: 30_000,
    read: async () => {
      state.reads++
      const { row } = state
      readAs.resolve()
      if (!row) throw new AppError('not_found')
      return row
    },
    subscriptions,
    stopping,
    now: Date.now,
  }
  const wait = waitForChange(deps)
  const begin = (more: { seconds?: number; ifNoneMatch?: string; gone?: AbortSignal } = {}) =>
    wait(caller, 'g', { seconds: 30, ifNoneMatch: undefined, gone: never, ...more })
  const submit = (seconds = 30, gone = never) => waitForEnd(deps)(caller, 'g', { seconds, gone })
  return { subscriptions, state, begin, submit, firstRead: readAs.promise }
}

describe('waitForChange', () => {
  it('resolves when the status changes, by one read after the notification', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin()
    await firstRead
    state.row = generation('running')
    subscriptions.changed(['other', 'g'])
    expect((await answer).status).toBe('running')
    expect(state.reads).toBe(2)
  })

  it('notices a change that happens during the first read', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin()
    state.row = generation('cancelled')
    subscriptions.changed(['g'])
    await firstRead
    expect((await answer).status).toBe('cancelled')
  })

  it('waits on when a notification came without a change of the status', async () => {
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

  it('with an ETag resolves when the ETag changes', async () => {
    const { subscriptions, state, begin, firstRead } = setUp()
    const answer = begin({ ifNoneMatch: 'W/"g.20261121030000000001.0"' })
    await firstRead
    state.row = generation('pending', 2)
    subscriptions.changed(['g'])
    expect((await answer).updated_at).toMatch(/2Z$/)
  })

  it('with an outdated ETag resolves at once', async () => {
    const { state, begin } = setUp()
    await begin({ ifNoneMatch: '"old"' })
    expect(state.reads).toBe(1)
  })

  it.each(['succeeded', 'failed', 'cancelled'] as const)(
    'resolves at once when the generation is %s',
    async (status) => {
      const { state, begin } = setUp({ first: generation(status) })
      await begin()
      expect(state.reads).toBe(1)
    },
  )

  it('resolves to the current state when the process stops', async () => {
    const stop = new AbortController()
    const { begin, firstRead } = setUp({ stopping: stop.signal })
    const answer = begin()
    await firstRead
    stop.abort()
    expect((await answer).status).toBe('pending')
  })

  it('resolves without another read when the client disconnects', async () => {
    const gone = new AbortController()
    const { state, begin, firstRead } = setUp()
    const answer = begin({ gone: gone.signal })
    await firstRead
    gone.abort()
    await answer
    expect(state.reads).toBe(1)
  })

  it('resolves at once when there are too many subscriptions', async () => {
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

describe('waitForEnd', () => {
  it.each(['succeeded', 'failed', 'cancelled'] as const)('resolves when the generation is %s', async (status) => {
    const { subscriptions, state, submit, firstRead } = setUp()
    const answer = submit()
    await firstRead
    state.row = generation('running')
    subscriptions.changed(['g'])
    await expect.poll(() => state.reads).toBe(2)
    state.row = generation(status)
    subscriptions.changed(['g'])
    expect((await answer)?.status).toBe(status)
  })

  it.each([
    ['the time is up', { seconds: 0.01 }],
    ['the process stops', { stopping: AbortSignal.abort() }],
    ['the client has left', { gone: AbortSignal.abort() }],
    ['too many wait already', { max: 0 }],
  ])('resolves to undefined when %s before the end', async (_, { seconds, gone, ...more }: WaitCase) => {
    expect(await setUp(more).submit(seconds, gone)).toBeUndefined()
  })

  it('resolves to undefined when the generation is deleted meanwhile or cannot be read', async () => {
    const { subscriptions, state, submit, firstRead } = setUp()
    const answer = submit()
    await firstRead
    state.row = undefined
    subscriptions.changed(['g'])
    expect(await answer).toBeUndefined()
  })
})
