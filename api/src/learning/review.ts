import { AppError } from '@recto/shared/errors'
import type { CardReview } from '@recto/shared/learning'
import { scopeOf } from '../cards/store.ts'
import type { Actor } from '../db/actor.ts'
import type { WriteAs } from '../db/write-as.ts'
import { matchesEtag } from '../http/matches-etag.ts'
import type { NewReview } from './contract.ts'
import { rate } from './schedule.ts'
import { beginReview, recordReview } from './store.ts'

/** `replayed`: the review was there already. */
type Reviewed = { review: CardReview; replayed: boolean }

/**
 * Reviews a card of the caller, once for each id. The schedule is computed from the one that the card has at that time,
 * whatever the client has read.
 * @throws AppError not_found; idempotency_key_reused when the id has another card or rating; precondition_failed when
 * the schedule is not the one of `ifMatch`; rate_limited
 */
export const reviewCard =
  (writeAs: WriteAs) =>
  (actor: Actor, cardId: string, { id, rating }: NewReview, ifMatch: string | undefined): Promise<Reviewed> =>
    writeAs(actor, scopeOf(actor.caller), async (tx) => {
      const { at, schedule, earlier } = await beginReview(tx, cardId, id)
      if (earlier) {
        if (earlier.card_id !== cardId || earlier.rating !== rating) throw new AppError('idempotency_key_reused')
        return { review: earlier, replayed: true }
      }
      if (ifMatch !== undefined && !matchesEtag(ifMatch, `"${schedule.reps}"`))
        throw new AppError('precondition_failed')
      const review = { id, card_id: cardId, rating, reviewed_at: at, schedule: rate(schedule, rating, at) }
      return { review: await recordReview(tx, review), replayed: false }
    })
