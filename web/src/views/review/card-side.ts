import { codePoints, textDefect } from '@recto/shared/text'

/** How many characters the sides of a card may have. */
export const bounds = { front: 200, back: 500 } as const

export type SideProblem = 'blank' | 'invalid' | 'long'

/** Why the API would not take a side of a card. */
export const sideProblem = (text: string, most: number): SideProblem | null => {
  if (codePoints(text) > most) return 'long'
  const defect = textDefect(text)
  if (defect === null) return null
  return defect === 'must not be blank' ? 'blank' : 'invalid'
}
