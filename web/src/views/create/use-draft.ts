import { useState } from 'react'
import { usePerson } from '../../session/person.tsx'
import type { Draft } from './draft.ts'
import { readDraft, writeDraft } from './kept-draft.ts'

/** What the person is writing. A reload of the tab does not lose it. */
export const useDraft = () => {
  const { id } = usePerson()
  const [draft, setDraft] = useState(() => readDraft(id))
  const change = (changes: Partial<Draft>) => {
    const next = { ...draft, ...changes }
    writeDraft(id, next)
    setDraft(next)
  }
  return { draft, change }
}
