import { AppError } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { FindGeneration } from './batch-reads.ts'

export type ReadGeneration = (caller: Caller, id: string) => Promise<Generation>

/** @throws AppError not_found, for somebody else's generation too. */
export const readGeneration =
  (find: FindGeneration): ReadGeneration =>
  async (caller, id) => {
    const generation = await find(caller, id)
    if (!generation) throw new AppError('not_found')
    return generation
  }
