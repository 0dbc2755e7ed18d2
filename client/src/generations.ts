import type { DecisionAbout, Generation, NewGeneration, Suggestion } from './api.ts'
import { isRectoError, unlessGone } from './errors.ts'
import type { GenerationEvent } from './events.ts'
import { createFinish, type Finished, type WaitOptions } from './finish.ts'
import { follow } from './follow.ts'
import { createFollower } from './follower.ts'
import { type CallOptions, type Limit, limitOf } from './limit.ts'
import { pages } from './pages.ts'
import { randomHex } from './random.ts'
import type { Send } from './send.ts'

export type GenerateOptions = WaitOptions &
  Omit<NewGeneration, 'source_text'> & {
    /** Two calls with the same key and text make one generation. By default each call has a key of its own. */
    idempotencyKey?: string
  }

export type ListOptions = { status?: Generation['status']; account_id?: string; signal?: AbortSignal }

/** A model may take minutes, and a generation may wait for its turn before. */
const usualMs = 600_000

/** What a call throws carries the id of the generation that goes on. */
const naming =
  (id: string) =>
  (error: unknown): never => {
    if (isRectoError(error)) error.generationId = id
    throw error
  }

async function* namingEvents(
  id: string,
  events: AsyncGenerator<GenerationEvent>,
): AsyncGenerator<GenerationEvent, void> {
  try {
    yield* events
  } catch (error) {
    naming(id)(error)
  }
}

export const createGenerations = (send: Send) => {
  const path = 'ai/generations'
  // The answers of these paths are typed by the same schemas that the API answers with.
  const read = async <T>(limit: Limit, rest: string, method = 'GET'): Promise<T> =>
    (await send({ method, path: `${path}${rest}` }, limit)).body as T

  const finish = createFinish(send)

  return {
    /**
     * Submits a text and waits for its cards, through restarts of the API, lost connections and an expired token.
     * @throws RectoError
     */
    generate: async (text: string, options: GenerateOptions = {}): Promise<Finished> => {
      const { signal, timeoutMs, onSuggestion, onWithdrawn, idempotencyKey = randomHex(16), ...body } = options
      const limit = limitOf(options, usualMs)
      const headers = { 'idempotency-key': idempotencyKey }
      const call = { method: 'POST', path, body: { ...body, source_text: text }, headers }
      const { generation_id: id } = (await send(call, limit)).body as { generation_id: string }
      return finish(id, limit, { onSuggestion, onWithdrawn }).catch(naming(id))
    },

    /** Waits for the cards of a generation that was submitted before. @throws RectoError */
    resume: (id: string, options: WaitOptions = {}): Promise<Finished> =>
      finish(id, limitOf(options, usualMs), options).catch(naming(id)),

    /**
     * Follows a generation until it is over: its status, its cards while the model writes, and the stored ones. Goes on
     * through restarts of the API, lost connections and an expired token, and repeats no durable event.
     * @throws RectoError
     */
    stream: (id: string, options: CallOptions = {}): AsyncGenerator<GenerationEvent, void> =>
      namingEvents(id, follow(send, id, createFollower(), limitOf(options, usualMs))),

    /** Reads a generation as it is now. @throws RectoError */
    generation: (id: string, options: CallOptions = {}): Promise<Generation> => read(limitOf(options), `/${id}`),

    /** The cards that a generation has by now. @throws RectoError */
    suggestions: async (id: string, options: CallOptions = {}): Promise<Suggestion[]> =>
      (await read<{ data: Suggestion[] }>(limitOf(options), `/${id}/suggestions`)).data,

    /** Goes through the person's generations, newest first, page by page. @throws RectoError */
    generations: (options: ListOptions = {}): AsyncGenerator<Generation, void> => pages(send, path, options),

    /** Stops a generation and answers it as it is then. One that has ended stays as it is. @throws RectoError */
    cancel: (id: string, options: CallOptions = {}): Promise<Generation> =>
      read(limitOf(options), `/${id}/cancel`, 'POST'),

    /** Deletes a generation with its text and suggestions, unless it is gone already. @throws RectoError */
    remove: (id: string, options: CallOptions = {}): Promise<void> =>
      unlessGone(send({ method: 'DELETE', path: `${path}/${id}` }, limitOf(options))),

    /**
     * Accepts, rejects or undoes up to 100 suggestions, all or none, and answers them as they are then. The same decisions
     * again change nothing.
     * @throws RectoError
     */
    review: async (decisions: DecisionAbout[], options: CallOptions = {}): Promise<Suggestion[]> => {
      const call = { method: 'POST', path: 'ai/suggestions/review', body: { decisions } }
      return ((await send(call, limitOf(options))).body as { data: Suggestion[] }).data
    },
  }
}
