import { createCards } from './cards.ts'
import { createGenerations } from './generations.ts'
import { type ClientOptions, createSend } from './send.ts'

export type * from './api.ts'
export type { CardFilter, DueOptions, ExportOptions, ImportOptions } from './cards.ts'
export { type Failure, isRectoError, type RectoError } from './errors.ts'
export type { GenerationEvent, ProvisionalSuggestion, StoredSuggestion, Withdrawn } from './events.ts'
export type { Finished, WaitOptions } from './finish.ts'
export type { GenerateOptions, ListOptions } from './generations.ts'
export type { CallOptions } from './limit.ts'
export type { ClientOptions } from './send.ts'

/** A client of a Recto API, for one person. */
export const createClient = (options: ClientOptions) => {
  const send = createSend(options)
  return { ...createGenerations(send), cards: createCards(send) }
}

export type Client = ReturnType<typeof createClient>
