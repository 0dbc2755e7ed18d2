import { type Finished, type Generation, isRectoError, type Suggestion } from '@recto/client'

export type Outcome = { generation: Generation; suggestions: Suggestion[] }

/**
 * How a generation ended, also when it has no cards.
 * @throws what `finished` rejects with for any other reason
 */
export const outcomeOf = async (finished: Promise<Finished>): Promise<Outcome> => {
  try {
    const { suggestions, ...generation } = await finished
    return { generation, suggestions }
  } catch (error) {
    if (isRectoError(error) && 'generation' in error) return { generation: error.generation, suggestions: [] }
    throw error
  }
}
