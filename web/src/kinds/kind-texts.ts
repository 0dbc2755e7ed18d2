import { defineTexts } from '../i18n/define-texts.ts'

/** The kinds of generations as usage has them. */
export const kindTexts = defineTexts(
  {
    flashcards: 'Flashcards',
    code_review: 'Code review',
    text: 'Text',
    chat: 'Chat',
    connection_check: 'Connection checks',
  },
  {
    flashcards: 'Fiszki',
    code_review: 'Przegląd kodu',
    text: 'Tekst',
    chat: 'Rozmowa',
    connection_check: 'Sprawdzenia połączenia',
  },
)
