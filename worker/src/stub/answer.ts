import { clozeCards } from '@recto/shared/extractive/cards'
import { cardsAskedFor } from '@recto/shared/extractive/cards-asked-for'
import { repeatMessage } from '@recto/shared/extractive/repeat-message'
import { reviewCode } from '@recto/shared/extractive/review/review'
import { textBetweenDelimiters } from '@recto/shared/extractive/source-text'
import { writtenText } from '@recto/shared/extractive/written-text'

/** `message`: all that the user says; `latest`: the last of it. */
export type Asked = { instructions: string; message: string; latest: string; schemaName: string | null }

const stub = "Recto's stub"

/** What the stub answers, from the words of the request alone; null for a request that it does not know. */
export const stubAnswer = ({ instructions, message, latest, schemaName }: Asked): string | null => {
  if (schemaName === 'flashcards')
    return JSON.stringify({ cards: clozeCards(textBetweenDelimiters(message), cardsAskedFor(instructions)) })
  if (schemaName === 'code_review') return JSON.stringify(reviewCode(textBetweenDelimiters(message), stub))
  if (schemaName !== null) return null
  return writtenText({ instructions, message }) ?? repeatMessage(latest, stub)
}
