import { type Client, isRectoError } from '@recto/client'
import { keptQueue } from './drafts.ts'
import type { Item } from './entry.ts'
import { type ReviewState, resume } from './review-state.ts'
import { createStore, type ReviewApi, type ReviewStore } from './store.ts'

/** How long a decision may take with the client's own repetitions, in milliseconds. Then the page says so, and goes on. */
const DECIDE_MS = 10_000

/** Whose review it is, and how to learn that the person has signed out. */
export type Owner = { recto: Client; personId: string; onSignOut(ended: () => void): void }

/** A review that is open, with what its view knows beside it. */
export type Opened<One extends Item, More> = More & { store: ReviewStore<One> }

type Page<One> = { data: One[] }

const apiOf = <One extends Item>(recto: Client, items: 'suggestions' | 'findings'): Omit<ReviewApi<One>, 'keep'> => ({
  review: async (decisions) => {
    const call = { method: 'POST', body: { decisions }, timeoutMs: DECIDE_MS } as const
    return (await recto.request<Page<One>>(`ai/${items}/review`, call)).data
  },
  items: async (generationId) => {
    try {
      return (await recto.request<Page<One>>(`ai/generations/${generationId}/${items}`)).data
    } catch (error) {
      if (isRectoError(error) && error.code === 'not_found') return []
      throw error
    }
  },
})

/**
 * Opens reviews by their names. One that was left with decisions that are not stored goes on as it was, until the person
 * signs out.
 */
export const createReviews = <One extends Item, More>(items: 'suggestions' | 'findings') => {
  /** The reviews of each person, by their names. */
  const goingOn = new Map<string, Map<string, Opened<One, More>>>()

  const reviewsOf = ({ personId, onSignOut }: Owner): Map<string, Opened<One, More>> => {
    const known = goingOn.get(personId)
    if (known === undefined) {
      const reviews = new Map<string, Opened<One, More>>()
      goingOn.set(personId, reviews)
      onSignOut(() => {
        for (const { store } of reviews.values()) store.end()
        goingOn.delete(personId)
      })
      return reviews
    }
    for (const [name, { store }] of known) if (store.isSettled()) known.delete(name)
    return known
  }

  /** `read` reads a review that is not going on. @throws RectoError */
  return async (
    owner: Owner,
    name: string,
    read: () => Promise<{ first: ReviewState<One>; more: More }>,
  ): Promise<Opened<One, More>> => {
    const reviews = reviewsOf(owner)
    const before = reviews.get(name)
    if (before) return before
    const { first, more } = await read()
    const kept = keptQueue(owner.personId, name)
    const store = createStore(resume(first, kept.read()), { ...apiOf<One>(owner.recto, items), keep: kept.write })
    const opened = { ...more, store }
    reviews.set(name, opened)
    return opened
  }
}
