import { readTab, writeTab } from '../../tab-store.ts'
import type { Words } from './entry.ts'

/** What a person was writing in place of suggestions, by their ids. A reload of the tab does not lose it. */
export const readDrafts = (personId: string): Record<string, Words> =>
  readTab<Record<string, Words>>(`review.${personId}`) ?? {}

export const keepDraft = (personId: string, id: string, words: Words): void =>
  writeTab(`review.${personId}`, { ...readDrafts(personId), [id]: words })
