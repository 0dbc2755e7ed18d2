import { isRectoError } from '@recto/client'
import { describeError } from '../../errors/describe-error.ts'
import { useLanguage, useTexts } from '../../i18n/language.tsx'
import { Note } from '../../ui/error-note.tsx'
import { reviewTexts } from './texts.ts'

/** Why the API refused a decision. The row above it shows already what is there now, so no reload is needed. */
export const Refused = ({ error }: { error: unknown }) => {
  const { language } = useLanguage()
  const text = useTexts(reviewTexts)
  const described = describeError(error, language)
  const code = isRectoError(error) ? error.code : null
  const advice = { already_reviewed: text.takeBackFirst, card_changed: text.cardStays }
  if (code !== 'already_reviewed' && code !== 'card_changed') return <Note described={described} />
  return <Note described={{ ...described, advice: advice[code], details: [] }} />
}
