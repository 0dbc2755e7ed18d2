import { cardBounds } from '@recto/shared/card'
import { codePoints, textDefect } from '@recto/shared/text'

/**
 * A card of a file that is imported. `guid` is the file's own key of it: the card's id in a file that Recto wrote. `tags` is
 * null in a file that says nothing of tags.
 */
export type ImportedCard = {
  line: number
  guid: string | null
  front: string
  back: string
  source_quote: string | null
  tags: string[] | null
}

/** What is wrong in the record that begins in `line`, counted from 1. */
export type ImportIssue = { line: number; message: string }

/** What a row of `cards` may have, in code points. */
export const CARD_BOUNDS = { ...cardBounds, guid: 100 }

const textIssue = (name: 'front' | 'back' | 'source_quote', text: string): string | null => {
  const defect = textDefect(text)
  if (defect !== null) return `${name} ${defect}`
  const length = codePoints(text)
  const most = CARD_BOUNDS[name]
  return length > most ? `${name} has ${length} characters, and may have ${most}` : null
}

const tagIssue = (tags: string[]): string | null => {
  if (tags.length > CARD_BOUNDS.tags) return `has ${tags.length} tags, and may have ${CARD_BOUNDS.tags}`
  const bad = tags.find((tag) => codePoints(tag) > CARD_BOUNDS.tag || !tag.isWellFormed())
  return bad === undefined ? null : `a tag has ${codePoints(bad)} characters, and may have ${CARD_BOUNDS.tag}`
}

const guidIssue = (guid: string): string | null => {
  if (guid.includes('\0')) return 'the id must not contain U+0000'
  return codePoints(guid) > CARD_BOUNDS.guid ? `the id has more than ${CARD_BOUNDS.guid} characters` : null
}

/** Everything that keeps a card from being stored. */
export const cardIssues = ({ guid, front, back, source_quote, tags }: Omit<ImportedCard, 'line'>): string[] =>
  [
    textIssue('front', front),
    textIssue('back', back),
    source_quote === null ? null : textIssue('source_quote', source_quote),
    tags === null ? null : tagIssue(tags),
    guid === null ? null : guidIssue(guid),
  ].filter((issue) => issue !== null)
