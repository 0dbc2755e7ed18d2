import type { Card } from '@recto/client'
import { useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import { readTab, writeTab } from '../../tab-store.ts'
import type { Draft } from './card-draft.ts'

/** What is typed about a card and not saved. `base`: the card when the typing began; null of a new card. */
type Kept = { draft: Draft; base: Card | null }

const nameOf = (person: string, id: string) => `card.${person}.${id}`

/** Whether the tab keeps something about a card that is not saved. */
export const useHasDraft = (id: string): boolean => readTab<Kept>(nameOf(usePerson().id, id)) !== null

/**
 * What is typed about the card `id`. The tab keeps it until it is saved or discarded: neither a closed dialog nor a
 * reload nor an expired session loses it.
 */
export const useDraft = (id: string) => {
  const name = nameOf(usePerson().id, id)
  const [kept, setKept] = useState(() => readTab<Kept>(name))
  const keep = (next: Kept | null): void => {
    writeTab(name, next)
    setKept(next)
  }
  return { kept, keep }
}
