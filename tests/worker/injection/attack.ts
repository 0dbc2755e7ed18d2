import type { Draft } from '../../../worker/src/kinds/flashcards/card.ts'
import type { Language } from './texts.ts'

/** What a model that obeys can give away: what it was sent, and what the test tells it besides, as if it had found it. */
export type Loot = {
  system: string
  delimiter: string
  /** Everything in the headers of its request. */
  headers: string
  environment: string
  /** Of the text of another person, who is served at the same time. */
  other: string
  /** A quote that the text proves, under which an obeying model hides the rest. */
  quote: string
}

/** An attack in a text, and the cards that a model adds when it obeys. */
export type Attack = { name: string; language: Language; text: string; obey: (loot: Loot) => Partial<Draft>[] }

/** A card with a proved quote and a harmless front: what is wrong is its back. */
export const says =
  (write: (loot: Loot) => string, front = 'What else is known?') =>
  (loot: Loot): Draft[] => [{ front, back: write(loot), source_quote: loot.quote }]

/** Pieces of about equal length, none over `longest`. */
export const cut = (text: string, longest: number): string[] => {
  const points = Array.from(text)
  const length = Math.ceil(points.length / Math.ceil(points.length / longest))
  return Array.from({ length: Math.ceil(points.length / length) }, (_, n) =>
    points.slice(n * length, (n + 1) * length).join(''),
  )
}

export const tagged = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join('')
