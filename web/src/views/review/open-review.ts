import type { Client, Generation, Suggestion } from '@recto/client'
import { readDrafts } from './drafts.ts'
import { begin, flaggedFirst } from './review-state.ts'
import { createReviews, type Owner } from './reviews.ts'

/** How many pages of 100 suggestions are reviewed at once. */
const MOST_PAGES = 5

type Page = { data: Suggestion[]; next_cursor: string | null }

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

type More = {
  /** Of the review of one generation. */
  generation: Generation | null
  /** Whether there are more suggestions than are shown at once. */
  hasMore: boolean
}
const open = createReviews<Suggestion, More>('suggestions')

/**
 * Opens the review of a generation, with what was decided before, or that of everything that waits for a decision of the
 * person, flagged ones first.
 * @throws RectoError
 */
export const openReview = (owner: Owner, id: string | null, signal: AbortSignal) =>
  open(owner, id ?? '', async () => {
    const generation = id === null ? null : await owner.recto.generation(id, { signal })
    const filter = id === null ? 'status=proposed' : `generation_id=${encodeURIComponent(id)}`
    const { suggestions, hasMore } = await readAll(owner.recto, filter, signal)
    const first = begin(flaggedFirst(suggestions), readDrafts(owner.personId))
    return { first, more: { generation, hasMore } }
  })
