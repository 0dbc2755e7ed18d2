import type { Generation } from '@recto/shared/generation'
import { z } from 'zod'

const Waiting = z.object({ waiting: z.object({ place: z.int() }) })

/** Weak, since a proxy may compress. Changes whenever the generation, the number of its suggestions or its place among waiting ones does. */
export const etagOf = ({ id, updated_at, suggestions_count, ai_metadata }: Generation): string => {
  const place = 'waiting' in ai_metadata ? Waiting.safeParse(ai_metadata).data?.waiting.place : undefined
  return `W/"${id}.${updated_at.replace(/\D/g, '')}.${suggestions_count}${place === undefined ? '' : `.${place}`}"`
}
