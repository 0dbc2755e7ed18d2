import type { Card, CardChanges, CardImport, CardReview, DueCard, NewCard } from './api.ts'
import { unlessGone } from './errors.ts'
import { type CallOptions, limitOf } from './limit.ts'
import { pages, queryOf } from './pages.ts'
import { randomUuid } from './random.ts'
import type { Send } from './send.ts'

export type CardFilter = { search?: string; tag?: string; signal?: AbortSignal }
export type ExportOptions = CallOptions & { tag?: string; generation_id?: string }
export type DueOptions = CallOptions & { limit?: number; new?: number; tag?: string }
export type RateOptions = CallOptions & { reps?: number }
export type ImportOptions = CallOptions & { dryRun?: boolean }

/** A file of many cards takes its time. */
const fileMs = 300_000

export const createCards = (send: Send) => {
  const path = 'cards'
  /** The version of a card that was read. Another tab may have changed it since. */
  const version = ({ updated_at }: Card) => ({ 'if-match': `"${updated_at}"` })

  return {
    /** Goes through the person's cards, newest first, page by page. @throws RectoError */
    list: (filter: CardFilter = {}): AsyncGenerator<Card, void> => pages(send, path, filter),

    /**
     * Adds a card. It is sent once: when its answer is lost (`network`), the card may be there.
     * @throws RectoError
     */
    add: async (card: NewCard, options: CallOptions = {}): Promise<Card> =>
      (await send({ method: 'POST', path, body: card, repeatable: false }, limitOf(options))).body as Card,

    /**
     * Changes a card that was read, and answers it as it is then. Fails with `precondition_failed` when another tab has
     * changed it since. It is sent once, as `add`.
     * @throws RectoError
     */
    change: async (card: Card, changes: CardChanges, options: CallOptions = {}): Promise<Card> => {
      const call = { method: 'PATCH', path: `${path}/${card.id}`, body: changes, headers: version(card) }
      return (await send({ ...call, repeatable: false }, limitOf(options))).body as Card
    },

    /** Deletes a card that was read, unless it is gone already. @throws RectoError `precondition_failed` as `change` */
    remove: (card: Card, options: CallOptions = {}): Promise<void> =>
      unlessGone(send({ method: 'DELETE', path: `${path}/${card.id}`, headers: version(card) }, limitOf(options))),

    /**
     * The cards to learn now, the longest due first, each with what every rating would lead to: up to `limit` (20), of which
     * `new` (10) were never learnt, with `tag` only cards that have it.
     * @throws RectoError
     */
    due: async (options: DueOptions = {}): Promise<DueCard[]> => {
      const { signal, timeoutMs, ...filter } = options
      return ((await send({ path: `${path}/due?${queryOf(filter)}` }, limitOf(options))).body as { data: DueCard[] })
        .data
    },

    /**
     * Says how well a card was known, which schedules it anew. Counts once, however often it is sent. With `reps` of the
     * schedule that was read, it fails with `precondition_failed` when another tab has rated the card since.
     * @throws RectoError
     */
    rate: async (
      { id }: Pick<Card, 'id'>,
      rating: CardReview['rating'],
      options: RateOptions = {},
    ): Promise<CardReview> => {
      const { reps } = options
      const body = { id: randomUuid(), rating }
      const headers = { ...(reps !== undefined && { 'if-match': `"${reps}"` }) }
      const call = { method: 'POST', path: `${path}/${id}/reviews`, body, headers }
      return (await send(call, limitOf(options))).body as CardReview
    },

    /** The person's cards as a file: `apkg` and `anki` are for Anki. @throws RectoError */
    export: async (
      format: 'apkg' | 'anki' | 'csv' | 'json' | 'markdown',
      options: ExportOptions = {},
    ): Promise<Blob> => {
      const { signal, timeoutMs, ...filter } = options
      const query = queryOf({ format, ...filter })
      return (await send({ path: `${path}/export?${query}`, as: 'file' }, limitOf(options, fileMs))).body as Blob
    },

    /**
     * Adds the cards of a file, all or none. A dry run stores nothing and says what would change, and what is wrong. The same
     * file again changes nothing.
     * @throws RectoError `invalid_request` with the lines in `problem.errors`
     */
    import: async (format: 'anki' | 'csv', file: Blob | string, options: ImportOptions = {}): Promise<CardImport> => {
      const { dryRun = false } = options
      const call = { method: 'POST', path: `${path}/import?format=${format}&dry_run=${dryRun}`, file }
      return (await send(call, limitOf(options, fileMs))).body as CardImport
    },
  }
}
