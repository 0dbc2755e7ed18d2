import type { Card } from '@recto/client'
import { codePoints } from '@recto/shared/text'
import { cardBounds } from '../../card/bounds.ts'
import { type SideProblem, sideProblem } from '../../card/side-problem.ts'

/** What is typed into the form of a card. Tags are separated by white space. */
export type Draft = { front: string; back: string; tags: string }

/** Why the API would not take a field. */
export type FieldProblem = SideProblem | 'manyTags' | 'longTag'

export const emptyDraft: Draft = { front: '', back: '', tags: '' }

export const draftOf = ({ front, back, tags }: Pick<Card, 'front' | 'back' | 'tags'>): Draft => ({
  front,
  back,
  tags: tags.join(' '),
})

/** The content of a card as the API takes it. A tag that was typed twice is one. */
export const contentOf = ({ front, back, tags }: Draft) => ({
  front,
  back,
  tags: [...new Set(tags.split(/[\s\p{Cc}]+/u).filter((tag) => tag !== ''))],
})

/** Whether two drafts make the same card. */
export const saysSame = (one: Draft, other: Draft): boolean =>
  JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other))

const tagsProblem = (tags: string[]): FieldProblem | null => {
  if (tags.length > cardBounds.tags) return 'manyTags'
  if (tags.some((tag) => codePoints(tag) > cardBounds.tag)) return 'longTag'
  return tags.every((tag) => tag.isWellFormed()) ? null : 'characters'
}

/** Why the API would not take a card, by field; null for a field that it takes. */
export const problemsOf = (draft: Draft): Record<keyof Draft, FieldProblem | null> => ({
  front: sideProblem(draft.front, cardBounds.front),
  back: sideProblem(draft.back, cardBounds.back),
  tags: tagsProblem(contentOf(draft).tags),
})
