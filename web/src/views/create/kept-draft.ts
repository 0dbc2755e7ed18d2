import { readTab, writeTab } from '../../tab-store.ts'
import { type Draft, emptyDraft } from './draft.ts'

const nameOf = (person: string): string => `draft.${person}`

/** What a person was writing in this tab. */
export const readDraft = (person: string): Draft => ({ ...emptyDraft, ...readTab<Draft>(nameOf(person)) })

/** Keeps what a person is writing. A reload of the tab does not lose it. */
export const writeDraft = (person: string, draft: Draft): void => writeTab(nameOf(person), draft)
