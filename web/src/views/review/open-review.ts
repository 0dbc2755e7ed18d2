import { type Client, type Generation, isRectoError, type Suggestion } from '@recto/client'
import { keptQueue, readDrafts } from './drafts.ts'
import { begin, resume } from './review-state.ts'
import { createStore, type ReviewApi, type ReviewStore } from './store.ts'

/** How long a decision may take with the client's own repetitions, in milliseconds. Then the page says so, and goes on. */
const DECIDE_MS = 10_000
/** How many pages of 100 suggestions are reviewed at once. */
const MOST_PAGES = 5

type Page = { data: Suggestion[]; next_cursor: string | null }

export type Opened = {
  store: ReviewStore
  /** Of the review of one generation. */
  generation: Generation | null
  /** Whether there are more suggestions than are shown at once. */
  hasMore: boolean
}

const readAll = async (recto: Client, filter: string, signal: AbortSignal) => {
  const suggestions: Suggestion[] = []
  let cursor: Page['next_cursor'] = ''
  for (let page = 0; page < MOST_PAGES && cursor !== null; page++) {
    const path: string = `ai/suggestions?limit=100&${filter}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const { data, next_cursor }: Page = await recto.request<Page>(path, { signal })
    suggestions.push(...data)
    cursor = next_cursor
  }
  return { suggestions, hasMore: cursor !== null }
}

const apiOf = (recto: Client): Omit<ReviewApi, 'keep'> => ({
  review: (decisions) => recto.review(decisions, { timeoutMs: DECIDE_MS }),
  suggestions: (id) =>
    recto.suggestions(id).catch((error: unknown) => {
      if (isRectoError(error) && error.code === 'not_found') return []
      throw error
    }),
})

/** Whose review it is, and how to learn that the person has signed out. */
export type Owner = { recto: Client; personId: string; onSignOut(ended: () => void): void }

/** The reviews of each person that go on after their view was left, by the generation that they are about. */
const goingOn = new Map<string, Map<string, Opened>>()

/** The reviews of a person. They end when the person signs out. */
const reviewsOf = ({ personId, onSignOut }: Owner): Map<string, Opened> => {
  const known = goingOn.get(personId)
  if (known === undefined) {
    const reviews = new Map<string, Opened>()
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

/**
 * Opens the review of a generation, with what was decided before, or that of everything that waits for a decision of the
 * person. One that was left with decisions that are not stored goes on as it was.
 * @throws RectoError
 */
export const openReview = async (owner: Owner, id: string | null, signal: AbortSignal): Promise<Opened> => {
  const { recto, personId } = owner
  const [reviews, name] = [reviewsOf(owner), id ?? '']
  const before = reviews.get(name)
  if (before) return before
  const generation = id === null ? null : await recto.generation(id, { signal })
  const filter = id === null ? 'status=proposed' : `generation_id=${encodeURIComponent(id)}`
  const { suggestions, hasMore } = await readAll(recto, filter, signal)
  const kept = keptQueue(personId, name)
  const first = resume(begin(suggestions, readDrafts(personId)), kept.read())
  const opened = { store: createStore(first, { ...apiOf(recto), keep: kept.write }), generation, hasMore }
  reviews.set(name, opened)
  return opened
}
