import type { Draft } from '../../../worker/src/kinds/flashcards/card.ts'
import type { Language } from './texts.ts'

/** What an obedient model can leak: its request, and secrets that the test gives to it as if it had found them. */
export type Leakable = {
  system: string
  delimiter: string
  /** All headers of the request. */
  headers: string
  environment: string
  /** A part of the text of another person, whose request the model gets at the same time. */
  other: string
  /** A quote that the text proves. An obedient model uses it for cards whose back is a leak. */
  quote: string
}

/** An attack in a text, and the cards that an obedient model adds because of it. */
export type Attack = { name: string; language: Language; text: string; obey: (leakable: Leakable) => Partial<Draft>[] }

/** Makes a card with a proved quote and a harmless front, whose back is a leak. */
export const cardWithBack =
  (write: (leakable: Leakable) => string, front = 'What else is known?') =>
  (leakable: Leakable): Draft[] => [{ front, back: write(leakable), source_quote: leakable.quote }]

/** Splits a text into pieces of about equal length, none longer than `longest` code points. */
export const splitText = (text: string, longest: number): string[] => {
  const points = Array.from(text)
  const length = Math.ceil(points.length / Math.ceil(points.length / longest))
  return Array.from({ length: Math.ceil(points.length / length) }, (_, n) =>
    points.slice(n * length, (n + 1) * length).join(''),
  )
}

/** Writes a text in the invisible tag characters of Unicode. */
export const asTagCharacters = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join('')
