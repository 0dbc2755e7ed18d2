import { useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import { readTab, writeTab } from '../../tab-store.ts'
import { type Draft, emptyDraft } from './draft.ts'

/** What the person is writing. A reload of the tab does not lose it. */
export const useDraft = () => {
  const { id } = usePerson()
  const name = `draft.${id}`
  const [draft, setDraft] = useState<Draft>(() => ({ ...emptyDraft, ...readTab<Draft>(name) }))
  const change = (changes: Partial<Draft>) => {
    const next = { ...draft, ...changes }
    writeTab(name, next)
    setDraft(next)
  }
  return { draft, change }
}
