import { decodings, letters } from './decodings.ts'
import { limits } from './limits.ts'
import { skeleton } from './skeleton.ts'

/** The steps from each letter to the next: the same for a text and for each of its shifts by the alphabet (rot13). */
const stepsOf = (text: string): string => {
  const steps = Buffer.alloc(Math.max(0, text.length - 1))
  for (let i = 0; i < steps.length; i++) steps[i] = 97 + ((text.charCodeAt(i + 1) - text.charCodeAt(i) + 26) % 26)
  return steps.toString('latin1')
}

const stretch = limits.leak - 1
// Wherever a stretch begins, one of the blocks of this length, laid end to end from the text's first letter, is all in it.
const block = Math.ceil(stretch / 2)

/** What a request said beside its text: the instructions, and the word that the text stood between. */
export type Asked = { instructions: string; delimiter: string | null }

/**
 * Prepares a request once; the function then says whether a text repeats a stretch of its instructions that the source does
 * not have, as they are or in an easy cipher, or the delimiter. Only letters are compared, so that nothing between them helps.
 */
export const leakFinder = ({ instructions, delimiter }: Asked, sourceText: string): ((text: string) => boolean) => {
  const guarded = stepsOf(letters(instructions))
  let source: string | undefined

  const isForeign = (steps: string): boolean => {
    if (steps.length < stretch || !guarded.includes(steps)) return false
    source ??= stepsOf(letters(sourceText))
    return !source.includes(steps)
  }
  const repeats = (read: string): boolean => {
    const steps = stepsOf(read)
    for (let at = 0; at + block <= steps.length; at += block) {
      if (!guarded.includes(steps.slice(at, at + block))) continue
      for (let start = Math.max(0, at + block - stretch); start <= at; start++)
        if (isForeign(steps.slice(start, start + stretch))) return true
    }
    return false
  }
  const namesDelimiter = (text: string): boolean =>
    delimiter !== null && skeleton(text).replace(/\s+/g, '').includes(delimiter)

  return (text) => namesDelimiter(text) || decodings(text).some(repeats)
}
