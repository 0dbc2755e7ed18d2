import type { Sides } from '../card.ts'

const letterOrDigit = /[\p{L}\p{N}]/u
// Scripts that do not separate words by spaces, so that a match cannot be checked for word boundaries.
const scriptWithoutSpaces = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u
const outerPunctuation = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu
const article =
  /^(?:the|an?|der|die|das|ein|eine|le|la|les|un|une|el|los|las|una|il|lo|gli|o|os|as|um|uma|de|het|een) |^l'/u

/** Whether the question contains the answer as whole words, without the answer's article and outer punctuation. */
export const leaksAnswer = ({ front: question, back }: Sides): boolean => {
  const answer = back.replace(outerPunctuation, '').replace(article, '')
  if (answer === '') return false
  if (scriptWithoutSpaces.test(answer)) return answer.length > 1 && question.includes(answer)
  for (let at = question.indexOf(answer); at !== -1; at = question.indexOf(answer, at + 1)) {
    const before = question.slice(0, at).at(-1) ?? ''
    const after = question.charAt(at + answer.length)
    if (!letterOrDigit.test(before) && !letterOrDigit.test(after)) return true
  }
  return false
}
