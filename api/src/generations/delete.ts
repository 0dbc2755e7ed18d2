import { AppError } from '@recto/shared/errors'
import type { Notify } from '@recto/shared/notify'
import type { Actor } from '../db/actor.ts'
import type { Jobs } from '../db/jobs.ts'
import { retryOnDeadlock } from '../db/retry-on-deadlock.ts'
import type { WriteAs } from '../db/write-as.ts'
import { deleteGeneration } from './store.ts'

export type RemoveDeps = { writeAs: WriteAs; jobs: Pick<Jobs, 'remove'>; notifyStatus: Notify }

/**
 * Deletes a generation with its text, suggestions and job, whatever its status.
 * @throws AppError not_found
 */
export const remove =
  ({ writeAs, jobs, notifyStatus }: RemoveDeps) =>
  async (actor: Actor, id: string): Promise<void> => {
    // The cards of its suggestions are changed in no order.
    await retryOnDeadlock(() =>
      writeAs(actor, { generation: id }, async (tx) => {
        if (!(await deleteGeneration(tx, id))) throw new AppError('not_found')
        await jobs.remove(id, tx)
      }),
    )
    notifyStatus(id)
  }
