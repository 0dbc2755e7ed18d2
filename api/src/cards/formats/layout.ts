import type { ImportedCard } from './imported-card.ts'

/** What one record is: a card, nothing to store (null), or something that cannot be read. `fatal`: neither can the rest. */
export type Read = { card: Omit<ImportedCard, 'line'> } | { problem: string; fatal?: true } | null

/** How the records of one file become cards. It remembers what the head of the file said. */
export type Layout = {
  /** What may separate cells, and whether a line that begins with # is a comment. */
  candidates: string
  comments: boolean
  /** Takes a comment, and returns the separator if it sets one. */
  comment: (text: string) => string | null
  record: (cells: string[]) => Read
}
