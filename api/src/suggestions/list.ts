import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { findSuggestions, type SuggestionsOf } from './store.ts'

/**
 * All suggestions of a generation, in order. They are too few for pages.
 * @throws AppError not_found
 */
export const listSuggestions =
  (readAs: ReadAs) =>
  async (caller: Caller, generationId: string): Promise<SuggestionsOf> => {
    const found = await findSuggestions(readAs, caller, generationId)
    if (!found) throw new AppError('not_found')
    return found
  }
