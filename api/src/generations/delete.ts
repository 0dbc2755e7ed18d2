import { AppError } from '@recto/shared/errors'
import type { Hint } from '@recto/shared/hint'
import type { Jobs } from '../jobs.ts'
import type { Actor, WriteAs } from '../writing.ts'
import { deleteGeneration } from './store.ts'

export type RemoveDeps = { writeAs: WriteAs; jobs: Pick<Jobs, 'remove'>; hintStatus: Hint }

/** Deletes a generation with its text, suggestions and job, whatever its status. Throws AppError not_found. */
export const remove =
  ({ writeAs, jobs, hintStatus }: RemoveDeps) =>
  async (actor: Actor, id: string): Promise<void> => {
    await writeAs(actor, async (tx) => {
      if (!(await deleteGeneration(tx, id))) throw new AppError('not_found')
      await jobs.remove(id, tx)
    })
    hintStatus(id)
  }
