import { AppError } from '@recto/shared/errors'
import type { Suggestion } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { findSuggestions } from './store.ts'

/**
 * All suggestions of a generation, in order. They are too few for pages.
 * @throws AppError not_found
 */
export const listSuggestions =
  (readAs: ReadAs) =>
  async (caller: Caller, generationId: string): Promise<{ data: Suggestion[]; next_cursor: null }> => {
    const data = await findSuggestions(readAs, caller, generationId)
    if (!data) throw new AppError('not_found')
    return { data, next_cursor: null }
  }
