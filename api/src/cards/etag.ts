import type { Card } from '@recto/shared/card'
import { Time } from '../db/dates.ts'

/** The ETag of a card: the time of its last change in quotes, so that a list has those of its cards. */
export const etagOf = ({ updated_at }: Pick<Card, 'updated_at'>): string => `"${updated_at}"`

/**
 * The versions of a card that `If-Match` names; undefined when every version is right. A tag of another form names no
 * version. A weak tag is one that a proxy has made of ours when it compressed the answer.
 */
export const versionsOf = (ifMatch: string | undefined): string[] | undefined => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const tags: string[] = ifMatch.match(/"[^"]*"/g) ?? []
  return tags.map((tag) => tag.slice(1, -1)).filter((tag) => Time.safeParse(tag).success)
}
