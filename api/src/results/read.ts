import { AppError } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { ResultHead, WrittenResult } from './form.ts'
import { resultFormOf } from './registry.ts'

export type ReadResultDeps = { readAs: ReadAs; kinds: readonly KindContract[] }

const ModelServed = z.string().nullable().catch(null)

const headOf = (
  { id, kind, model, prompt_version, created_at, finished_at, ai_metadata }: Generation,
  kinds: readonly KindContract[],
): ResultHead => ({
  kind,
  generation_id: id,
  model,
  model_served: ModelServed.parse(ai_metadata.model_served ?? null),
  prompt_version,
  grounded: kinds.find((contract) => contract.id === kind)?.grounded ?? null,
  created_at,
  finished_at,
})

/** @throws AppError invalid_request when results of this kind do not have the format; its issue names those that they have */
const checkFormat = (kind: string, format: string): void => {
  const { formats } = resultFormOf(kind)
  if (formats.includes(format)) return
  const message = `must be ${formats.join(', ')} for a generation of the kind ${kind}`
  throw new AppError('invalid_request', undefined, { issues: [{ path: 'format', message }] })
}

/**
 * The result of a generation that the caller has read, in a format; undefined while there is none yet.
 * @throws AppError invalid_request for a format that the kind does not have, generation_failed with the stored error,
 * generation_cancelled, not_found when it was deleted meanwhile
 */
export const readResult =
  ({ readAs, kinds }: ReadResultDeps) =>
  async (caller: Caller, generation: Generation, format: string): Promise<WrittenResult | undefined> => {
    const { kind, status, error } = generation
    checkFormat(kind, format)
    switch (status) {
      case 'pending':
      case 'running':
        return undefined
      case 'failed':
        throw new AppError('generation_failed', error?.message, error ? { generationError: error } : {})
      case 'cancelled':
        throw new AppError('generation_cancelled')
      case 'succeeded': {
        const written = await resultFormOf(kind).write(readAs, caller, headOf(generation, kinds), format)
        if (!written) throw new AppError('not_found')
        return written
      }
    }
  }
