import { readTab, writeTab } from '../../tab-store.ts'
import type { Decision, Words } from './entry.ts'

/** What a person was writing in place of suggestions, by their ids. A reload of the tab does not lose it. */
export const readDrafts = (personId: string): Record<string, Words> =>
  readTab<Record<string, Words>>(`review.${personId}`) ?? {}

export const keepDraft = (personId: string, id: string, words: Words): void =>
  writeTab(`review.${personId}`, { ...readDrafts(personId), [id]: words })

/** Decisions of a review that may not be stored. A reload of the tab or an expired session does not lose them. */
export const keptQueue = (personId: string, review: string) => {
  const name = `unsent.${personId}.${review}`
  return {
    read: (): Decision[][] => readTab<Decision[][]>(name) ?? [],
    write: (queue: Decision[][]): void => writeTab(name, queue.length > 0 ? queue : null),
  }
}
