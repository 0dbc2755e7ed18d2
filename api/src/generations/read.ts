import { AppError } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../reading.ts'
import { findGeneration } from './store.ts'

export type ReadGeneration = (caller: Caller, id: string) => Promise<Generation>

/** @throws AppError not_found, for somebody else's generation too. */
export const readGeneration =
  (readAs: ReadAs): ReadGeneration =>
  async (caller, id) => {
    const generation = await findGeneration(readAs, caller, id)
    if (!generation) throw new AppError('not_found')
    return generation
  }
