import type { Generation } from '@recto/shared/generation'

/** Weak, since a proxy may compress. Changes whenever the generation or the number of its suggestions does. */
export const etagOf = ({ id, updated_at, suggestions_count }: Generation): string =>
  `W/"${id}.${updated_at.replace(/\D/g, '')}.${suggestions_count}"`
