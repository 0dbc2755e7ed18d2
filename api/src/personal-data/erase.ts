import type { Notify } from '@recto/shared/notify'
import type { Scope } from '@recto/shared/transaction'
import type { Actor } from '../db/actor.ts'
import type { Jobs } from '../db/jobs.ts'
import { retryOnDeadlock } from '../db/retry-on-deadlock.ts'
import type { WriteAs } from '../db/write-as.ts'
import { beginErasure, continueErasure } from './store.ts'

export type EraseDeps = { writeAs: WriteAs; jobs: Pick<Jobs, 'remove'>; notifyStatus: Notify }

/** How many generations, and a fifth of how many other rows. Each batch ends long before the timeout of its statement. */
const AT_ONCE = 200

/** A person has generations in teams too. */
const everything: Scope = { across: 'person' }

/**
 * Erases the caller's personal data in batches, until a batch was the last and held off every other write of the caller
 * meanwhile: nothing that was submitted before the answer is left. An erasure that is interrupted is completed by the
 * workers, or by another request.
 */
export const erase =
  ({ writeAs, jobs, notifyStatus }: EraseDeps) =>
  async (actor: Actor): Promise<void> => {
    const begin = () => writeAs(actor, everything, beginErasure)
    const eraseBatch = () =>
      writeAs(actor, everything, async (tx) => {
        const batch = await continueErasure(tx, AT_ONCE)
        if (batch.erased.length > 0) await jobs.remove(batch.erased, tx)
        return batch
      })
    let isOver: boolean
    do {
      await retryOnDeadlock(begin)
      const batch = await retryOnDeadlock(eraseBatch)
      for (const id of batch.live) notifyStatus(id)
      isOver = batch.is_over
    } while (!isOver)
  }
