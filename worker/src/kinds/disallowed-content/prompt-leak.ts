import { confusableSkeleton } from './confusable-skeleton.ts'
import { latinLetters, letterDecodings } from './letter-decodings.ts'
import { limits } from './limits.ts'

/**
 * Returns the distance from each letter to the next, modulo 26, as letters. A text and its copy under a Caesar cipher
 * (rot13 and other shifts of the alphabet) have the same distances.
 */
const letterStepsOf = (letters: string): string => {
  const steps = Buffer.alloc(Math.max(0, letters.length - 1))
  for (let i = 0; i < steps.length; i++) steps[i] = 97 + ((letters.charCodeAt(i + 1) - letters.charCodeAt(i) + 26) % 26)
  return steps.toString('latin1')
}

const leakedSteps = limits.leakedLetters - 1
// So many characters beside the delimiter have all the letters of a run that begins or ends in it.
const aroundLength = 8 * limits.leakedLetters
// Blocks of this length are laid end to end. Any run of `leakedSteps` steps contains at least one of them whole.
const blockLength = Math.ceil(leakedSteps / 2)

/** What an answer must not repeat of a request: the instructions, and the delimiter around the text (null if none). */
export type PromptParts = { instructions: string; delimiter: string | null }

// By instructions without delimiter, which are few: they differ by prompt version, number of cards and language.
const knownSteps = new Map<string, string>()
const mostKnown = 64

const stepsOf = (text: string): string => letterStepsOf(latinLetters(text))

const stepsOfLasting = (instructions: string): string => {
  const known = knownSteps.get(instructions)
  if (known !== undefined) return known
  if (knownSteps.size >= mostKnown) knownSteps.clear()
  const steps = stepsOf(instructions)
  knownSteps.set(instructions, steps)
  return steps
}

/** The steps of the instructions without the delimiter, which are known of earlier requests, and of what is around it. */
const stepsOfInstructions = ({ instructions, delimiter }: PromptParts): string => {
  const first = delimiter === null ? -1 : instructions.indexOf(delimiter)
  if (delimiter === null || first === -1) return stepsOfLasting(instructions)
  const end = instructions.lastIndexOf(delimiter) + delimiter.length
  const around = instructions.slice(Math.max(0, first - aroundLength), end + aroundLength)
  return `${stepsOfLasting(instructions.replaceAll(delimiter, ''))}\n${stepsOf(around)}`
}

/**
 * Prepares a request once. The returned function tells whether a text contains the delimiter, or, plain or encoded, 24
 * letters in a row of the instructions that the source lacks. Only letters are compared, whatever stands between them.
 */
export const createPromptLeakCheck = (parts: PromptParts, sourceText: string): ((text: string) => boolean) => {
  const { delimiter } = parts
  const instructionSteps = stepsOfInstructions(parts)
  let sourceSteps: string | undefined

  const isLeak = (steps: string): boolean => {
    if (steps.length < leakedSteps || !instructionSteps.includes(steps)) return false
    sourceSteps ??= letterStepsOf(latinLetters(sourceText))
    return !sourceSteps.includes(steps)
  }
  const repeatsInstructions = (letters: string): boolean => {
    const steps = letterStepsOf(letters)
    for (let at = 0; at + blockLength <= steps.length; at += blockLength) {
      if (!instructionSteps.includes(steps.slice(at, at + blockLength))) continue
      for (let start = Math.max(0, at + blockLength - leakedSteps); start <= at; start++)
        if (isLeak(steps.slice(start, start + leakedSteps))) return true
    }
    return false
  }
  const containsDelimiter = (text: string): boolean =>
    delimiter !== null && confusableSkeleton(text).replace(/\s+/g, '').includes(delimiter)

  return (text) => containsDelimiter(text) || letterDecodings(text).some(repeatsInstructions)
}
