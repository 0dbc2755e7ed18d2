import type { DecisionAbout, Generation, NewGeneration, Suggestion } from './api.ts'
import { failed, isRectoError, unlessGone } from './errors.ts'
import { type CallOptions, type Limit, limitOf, pause } from './limit.ts'
import { pages } from './pages.ts'
import { randomHex } from './random.ts'
import type { Send } from './send.ts'

/** A generation that has succeeded, with its cards. */
export type Finished = Generation & { suggestions: Suggestion[] }

export type WaitOptions = CallOptions & {
  /** Is called with each card, in order. */
  onSuggestion?(suggestion: Suggestion): void
}

export type GenerateOptions = WaitOptions &
  Omit<NewGeneration, 'source_text'> & {
    /** Two calls with the same key and text make one generation. By default each call has a key of its own. */
    idempotencyKey?: string
  }

export type ListOptions = { status?: Generation['status']; account_id?: string; signal?: AbortSignal }

/** A model may take minutes, and a generation may wait for its turn before. */
const usualMs = 600_000
const longestWaitSeconds = 30

/** What `work` throws carries the id of the generation that goes on. */
const naming = async <T>(id: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    if (isRectoError(error)) error.generationId = id
    throw error
  })

export const createGenerations = (send: Send) => {
  const path = 'ai/generations'
  // The answers of these paths are typed by the same schemas that the API answers with.
  const read = async <T>(limit: Limit, rest: string, method = 'GET'): Promise<T> =>
    (await send({ method, path: `${path}${rest}` }, limit)).body as T

  const untilOver = async (id: string, limit: Limit): Promise<Generation> => {
    for (;;) {
      const seconds = Math.max(1, Math.min(longestWaitSeconds, Math.floor(limit.leftMs() / 1000)))
      const askedAt = performance.now()
      const { body, retryAfterMs } = await send({ path: `${path}/${id}?wait=${seconds}` }, limit)
      const generation = body as Generation
      if (generation.finished_at !== null) return generation
      // The API answers at once when it holds too many requests already.
      if (performance.now() - askedAt < 1000) await pause(limit, retryAfterMs ?? 1000)
    }
  }

  const finish = async (id: string, limit: Limit, onSuggestion: WaitOptions['onSuggestion']): Promise<Finished> => {
    const generation = await untilOver(id, limit)
    const { status, error } = generation
    if (status === 'failed') throw failed(error?.message ?? status, { code: 'generation_failed', generation })
    if (status !== 'succeeded')
      throw failed(`the generation is ${status}`, { code: 'generation_cancelled', generation })
    const { data } = await read<{ data: Suggestion[] }>(limit, `/${id}/suggestions`)
    for (const suggestion of data) onSuggestion?.(suggestion)
    return { ...generation, suggestions: data }
  }

  return {
    /**
     * Submits a text and waits for its cards, through restarts of the API, lost connections and an expired token.
     * @throws RectoError
     */
    generate: async (text: string, options: GenerateOptions = {}): Promise<Finished> => {
      const { signal, timeoutMs = usualMs, onSuggestion, idempotencyKey = randomHex(16), ...body } = options
      const limit = limitOf({ timeoutMs, ...(signal && { signal }) })
      const submission = { ...body, source_text: text }
      const headers = { 'idempotency-key': idempotencyKey }
      const accepted = await send({ method: 'POST', path, body: submission, headers }, limit)
      const { generation_id: id } = accepted.body as { generation_id: string }
      return naming(id, finish(id, limit, onSuggestion))
    },

    /** Waits for the cards of a generation that was submitted before. @throws RectoError */
    resume: (id: string, { timeoutMs = usualMs, onSuggestion, ...options }: WaitOptions = {}): Promise<Finished> =>
      naming(id, finish(id, limitOf({ timeoutMs, ...options }), onSuggestion)),

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
