import type { Notify } from '@recto/shared/notify'
import type { Scope } from '@recto/shared/transaction'
import type { Actor } from '../db/actor.ts'
import type { Jobs } from '../db/jobs.ts'
import { unlessDeadlocked } from '../db/unless-deadlocked.ts'
import type { WriteAs } from '../db/write-as.ts'
import { beginErasure, continueErasure, endErasure, eraseCards, eraseDeliveries } from './store.ts'

export type EraseDeps = { writeAs: WriteAs; jobs: Pick<Jobs, 'remove'>; notifyStatus: Notify }

/** Batches are small, so that each ends long before the timeout of its statement. */
const generationsAtOnce = 200
const cardsAtOnce = 1000
const callsAtOnce = 1000
const deliveriesAtOnce = 1000

/** A person has generations in teams too. */
const everything: Scope = { across: 'person' }

/**
 * Erases the caller's personal data in batches. An erasure that is interrupted is completed by the workers, or by
 * another request.
 */
export const erase =
  ({ writeAs, jobs, notifyStatus }: EraseDeps) =>
  async (actor: Actor): Promise<void> => {
    await writeAs(actor, everything, beginErasure)
    // Cards first: the deletion of a generation would change each card that was made of it.
    const eraseCardBatch = () => writeAs(actor, everything, (tx) => eraseCards(tx, cardsAtOnce))
    while ((await unlessDeadlocked(eraseCardBatch)) === cardsAtOnce);
    let erased: number
    const eraseBatch = () =>
      writeAs(actor, everything, async (tx) => {
        const generations = await continueErasure(tx, generationsAtOnce)
        const ids = generations.map(({ id }) => id)
        if (ids.length > 0) await jobs.remove(ids, tx)
        return generations
      })
    do {
      const batch = await unlessDeadlocked(eraseBatch)
      for (const { id, live } of batch) if (live) notifyStatus(id)
      erased = batch.length
    } while (erased === generationsAtOnce)
    // Behind the generations, of which none can end any more and tell a webhook.
    const eraseDeliveryBatch = () => writeAs(actor, everything, (tx) => eraseDeliveries(tx, deliveriesAtOnce))
    while ((await unlessDeadlocked(eraseDeliveryBatch)) === deliveriesAtOnce);
    while ((await writeAs(actor, everything, (tx) => endErasure(tx, callsAtOnce))) === callsAtOnce);
  }
