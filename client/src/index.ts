import { createCards } from './cards.ts'
import { createGenerations } from './generations.ts'
import { type CallOptions, limitOf } from './limit.ts'
import { type ClientOptions, createSend } from './send.ts'

export type * from './api.ts'
export type { CardFilter, DueOptions, ExportOptions, ImportOptions } from './cards.ts'
export { type Failure, isRectoError, type RectoError } from './errors.ts'
export type { Delta, GenerationEvent, ProvisionalSuggestion, StoredSuggestion, Withdrawn } from './events.ts'
export type { Finished, WaitOptions } from './finish.ts'
export type { GenerateOptions, ListOptions } from './generations.ts'
export type { CallOptions } from './limit.ts'
export type { ClientOptions } from './send.ts'

export type RequestOptions = CallOptions & {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
  /** False for a request that would do its work twice: it is repeated only when the API says that it did nothing. */
  repeatable?: boolean
}

/** A client of a Recto API, for one person. */
export const createClient = (options: ClientOptions) => {
  const send = createSend(options)
  return {
    ...createGenerations(send),
    cards: createCards(send),
    /**
     * Sends a request that has no function of its own, such as `ai/limits`, and answers the body. `path` is what follows
     * `/api/`.
     * @throws RectoError
     */
    request: async <Body>(path: string, { signal, timeoutMs, ...call }: RequestOptions = {}): Promise<Body> => {
      const limit = limitOf({ signal, timeoutMs })
      return (await send({ path, ...call }, limit)).body as Body
    },
  }
}

export type Client = ReturnType<typeof createClient>
