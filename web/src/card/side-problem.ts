import { codePoints, textDefect } from '@recto/shared/text'

export type SideProblem = 'blank' | 'characters' | 'long'

/** Why the API would not take a side of a card with at most so many characters. */
export const sideProblem = (text: string, most: number): SideProblem | null => {
  if (codePoints(text) > most) return 'long'
  const defect = textDefect(text)
  if (defect === null) return null
  return defect === 'must not be blank' ? 'blank' : 'characters'
}
