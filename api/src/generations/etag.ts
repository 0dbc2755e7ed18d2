import type { Generation } from '@recto/shared/generation'

/** Weak, since a proxy may compress. Changes whenever the generation or the number of its suggestions does. */
export const etagOf = ({ id, updated_at, suggestions_count }: Generation): string =>
  `W/"${id}.${updated_at.replace(/\D/g, '')}.${suggestions_count}"`

/** Whether `If-None-Match` names the tag: `*`, or any of a list, compared weakly (RFC 9110, 13.1.2). */
export const matchesEtag = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const tags: string[] = ifNoneMatch.match(/"[^"]*"/g) ?? []
  return tags.includes(etag.slice(2))
}
