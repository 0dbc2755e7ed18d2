import { AppError } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { FindGeneration } from './batch-reads.ts'

export type ReadGeneration = (caller: Caller, id: string) => Promise<Generation>

/**
 * Reads a generation as the caller.
 * @throws AppError not_found, also when it is somebody else's
 */
export const readGeneration =
  (find: FindGeneration): ReadGeneration =>
  async (caller, id) => {
    const generation = await find(caller, id)
    if (!generation) throw new AppError('not_found')
    return generation
  }
