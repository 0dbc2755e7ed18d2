import { AppError } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { Notify } from '@recto/shared/notify'
import type { Actor } from '../db/actor.ts'
import type { Jobs } from '../db/jobs.ts'
import type { WriteAs } from '../db/write-as.ts'
import { cancelGeneration } from './store.ts'

export type CancelDeps = { writeAs: WriteAs; jobs: Pick<Jobs, 'cancel'>; notifyStatus: Notify }

/**
 * Cancels a live generation with its job. `live` is false when it had ended before.
 * @throws AppError not_found
 */
export const cancel =
  ({ writeAs, jobs, notifyStatus }: CancelDeps) =>
  async (actor: Actor, id: string): Promise<{ live: boolean; generation: Generation }> => {
    const { live, row } = await writeAs(actor, { generation: id }, async (tx) => {
      const outcome = await cancelGeneration(tx, id)
      if (outcome.live) await jobs.cancel(id, tx)
      return outcome
    })
    if (!row) throw new AppError('not_found')
    if (live) notifyStatus(id)
    return { live, generation: row }
  }
