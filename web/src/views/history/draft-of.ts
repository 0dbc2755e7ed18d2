import type { Generation } from '@recto/client'
import { type Draft, emptyDraft } from '../create/draft.ts'

/** What a generation was made of. The text is null when it was deleted. */
export type Origin = { source_text: string | null; data_residency: string }

/** The draft that asks for the same again; null when the text is gone. `any` residency may have been the account's own. */
export const draftOf = ({ model, options }: Pick<Generation, 'model' | 'options'>, origin: Origin): Draft | null => {
  const { source_text: text, data_residency } = origin
  if (text === null) return null
  const { max_cards, language } = options
  return {
    ...emptyDraft,
    text,
    model,
    ...(typeof max_cards === 'number' && { maxCards: String(max_cards) }),
    ...(typeof language === 'string' && { language }),
    ...(data_residency === 'eu' && { residency: 'eu' }),
  }
}

/** Whether a draft holds a text that another one would take away. */
export const wouldLose = (kept: Draft, next: Draft): boolean => kept.text.trim() !== '' && kept.text !== next.text
