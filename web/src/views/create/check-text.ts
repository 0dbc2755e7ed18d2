import { codePoints, textDefect } from '@recto/shared/text'
import { textBounds } from './bounds.ts'

export type TextProblem = 'blank' | 'characters' | 'short' | 'long'

/** The length of a text as the API counts it, and why the API would not take it. `most`: the longest that the plan allows. */
export const checkText = (text: string, most = textBounds.max): { length: number; problem: TextProblem | null } => {
  const length = codePoints(text)
  const defect = textDefect(text)
  if (defect !== null) return { length, problem: defect === 'must not be blank' ? 'blank' : 'characters' }
  if (length < textBounds.min) return { length, problem: 'short' }
  return { length, problem: length > Math.min(most, textBounds.max) ? 'long' : null }
}
