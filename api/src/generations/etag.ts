import type { Generation } from '@recto/shared/generation'
import { z } from 'zod'

const Waiting = z.object({ waiting: z.object({ place: z.int() }) })

/**
 * The ETag of a generation: it changes with the row, the number of suggestions, and the place of a waiting generation.
 * It is weak, because a proxy may compress the answer.
 */
export const etagOf = ({ id, updated_at, suggestions_count, ai_metadata }: Generation): string => {
  const place = 'waiting' in ai_metadata ? Waiting.safeParse(ai_metadata).data?.waiting.place : undefined
  return `W/"${id}.${updated_at.replace(/\D/g, '')}.${suggestions_count}${place === undefined ? '' : `.${place}`}"`
}
