import type { Suggestion } from '@recto/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { countsOf } from './counts.ts'
import type { Decision } from './entry.ts'
import { decide, resume, undo } from './review-state.ts'
import { createStore, type ReviewStore, refusedBy } from './store.ts'
import { accept, problem, reject, reviewOf, suggestion } from './testing.ts'

const [away, isReviewed, isMissing, isChanged] = await Promise.all([
  problem(503, 'database_unavailable'),
  problem(409, 'already_reviewed', ['decisions.1.id']),
  problem(404, 'not_found'),
  problem(409, 'card_changed', ['decisions.1.id']),
])
const [isFull, isSignedOut, isLimited, isBroken] = await Promise.all([
  problem(403, 'plan_limit'),
  problem(401, 'unauthorized'),
  problem(429, 'rate_limited'),
  problem(500, 'internal_error'),
])

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('addEventListener', vi.fn())
  vi.stubGlobal('removeEventListener', vi.fn())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** An API that keeps suggestions, and fails as often as `failures` has errors. */
const fakeApi = (ids: string, failures: unknown[] = []) => {
  const rows = new Map<string, Suggestion>([...ids].map((id) => [id, suggestion(id)]))
  const requests: string[] = []
  const carryOut = ({ id, action }: Decision): Suggestion => {
    const status = ({ accept: 'accepted', reject: 'rejected', undo: 'proposed' } as const)[action]
    const row = { ...suggestion(id), status }
    rows.set(id, row)
    return row
  }
  return {
    rows,
    requests,
    review: async (decisions: Decision[]) => {
      requests.push(decisions.map(({ id, action }) => `${action} ${id}`).join(', '))
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return decisions.map(carryOut)
    },
    items: async () => [...rows.values()],
    keep: vi.fn(),
  }
}

const statuses = ({ state }: ReviewStore<Suggestion>) =>
  state().order.map((id) => `${id} ${state().entries[id]?.item.status}`)

const whenSent = async (store: ReviewStore<Suggestion>): Promise<void> => {
  while (store.state().queue.length > 0) await vi.advanceTimersByTimeAsync(1_000)
}

describe('decisions of a review', () => {
  test('are sent one after another, in their order', async () => {
    const api = fakeApi('abc')
    const store = createStore(reviewOf('abc'), api)
    store.apply((state) => decide(state, [accept('a')]))
    store.apply((state) => decide(state, [reject('b')]))
    store.apply(undo)
    expect(api.requests).toEqual(['accept a'])
    await whenSent(store)
    expect(api.requests).toEqual(['accept a', 'reject b', 'undo b'])
    expect(statuses(store)).toEqual(['a accepted', 'b proposed', 'c proposed'])
    expect(store.isSettled()).toBe(true)
  })

  test('that had no answer are sent again in the same order, until they are stored', async () => {
    const api = fakeApi('ab', [new TypeError('gone'), away])
    const store = createStore(reviewOf('ab'), api)
    store.apply((state) => decide(state, [accept('a')]))
    store.apply((state) => decide(state, [accept('b')]))
    await vi.advanceTimersByTimeAsync(0)
    expect(countsOf(store.state())).toMatchObject({ failed: 2, left: 2, decided: 0 })
    await whenSent(store)
    expect(api.requests).toEqual(['accept a', 'accept a', 'accept a', 'accept b'])
    expect(countsOf(store.state())).toMatchObject({ failed: 0, left: 0, accepted: 2 })
  })

  test('that had no answer are sent at once when the person asks for it', async () => {
    const api = fakeApi('a', [new TypeError('gone')])
    const store = createStore(reviewOf('a'), api)
    store.apply((state) => decide(state, [accept('a')]))
    await vi.advanceTimersByTimeAsync(0)
    store.retry()
    await vi.advanceTimersByTimeAsync(0)
    expect(statuses(store)).toEqual(['a accepted'])
  })

  test('that another tab made otherwise are shown as they are, and the others of the request are stored', async () => {
    const api = fakeApi('abc', [isReviewed])
    const store = createStore(reviewOf('abc'), api)
    api.rows.set('b', { ...suggestion('b'), status: 'rejected' })
    store.apply((state) => decide(state, [accept('a'), accept('b'), accept('c')]))
    store.apply(undo)
    await whenSent(store)
    expect(api.requests).toEqual(['accept a, accept b, accept c', 'accept a, accept c', 'undo a, undo c'])
    expect(statuses(store)).toEqual(['a proposed', 'b rejected', 'c proposed'])
    expect(store.state().entries.b).toMatchObject({ isElsewhere: true, unsent: null })
  })

  test('about a suggestion that was deleted meanwhile are void, and it counts no more', async () => {
    const api = fakeApi('ab', [isMissing])
    const store = createStore(reviewOf('ab'), api)
    api.rows.delete('a')
    store.apply((state) => decide(state, [accept('a')]))
    await whenSent(store)
    expect(store.state().entries.a?.isGone).toBe(true)
    expect(countsOf(store.state())).toMatchObject({ total: 1, left: 1 })
  })

  test('are told to a view that is not shown when they cannot be stored, once', async () => {
    const store = createStore(reviewOf('a'), fakeApi('a', [new TypeError('1'), new TypeError('2')]))
    const told = vi.fn()
    store.watch(told)
    store.apply((state) => decide(state, [accept('a')]))
    await whenSent(store)
    expect(told).toHaveBeenCalledTimes(1)
  })

  test('that were kept in the tab before are sent, and forgotten when they are stored', async () => {
    const api = fakeApi('ab')
    const kept = decide(reviewOf('ab'), [accept('a')]).queue
    const store = createStore(resume(reviewOf('ab'), kept), api)
    expect(store.state().active).toBe('b')
    await whenSent(store)
    expect(statuses(store)).toEqual(['a accepted', 'b proposed'])
    expect(api.keep).toHaveBeenLastCalledWith([])
  })

  test('are not sent any more when the person has signed out', async () => {
    const api = fakeApi('a', [new TypeError('gone')])
    const store = createStore(reviewOf('a'), api)
    store.apply((state) => decide(state, [accept('a')]))
    await vi.advanceTimersByTimeAsync(0)
    store.end()
    await vi.runAllTimersAsync()
    expect(api.requests).toEqual(['accept a'])
  })
})

describe('what the API refuses', () => {
  test.each([
    ['the suggestions that it names', isChanged, ['b']],
    ['all without a name', isFull, ['a', 'b']],
    ['nothing while the person is not signed in', isSignedOut, null],
    ['nothing while there were too many requests', isLimited, null],
    ['nothing while it is broken', isBroken, null],
    ['nothing while it is away', new TypeError('gone'), null],
  ])('is %s', (_, error, refused) => {
    expect(refusedBy(error, [accept('a'), accept('b')])).toEqual(refused)
  })
})
