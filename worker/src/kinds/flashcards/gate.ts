import { codePoints } from '@recto/shared/text'
import { z } from 'zod'
import { isAtomic } from './atomic.ts'
import type { DropReason, Flag, GatedCard, GateInput, GateResult, Sides } from './card.ts'
import { disallowedContentFinder } from './disallowed-content.ts'
import { fingerprint } from './fingerprint.ts'
import { expectedOfTag, expectedOfText, isInOtherLanguage } from './language.ts'
import { limits } from './limits.ts'
import { normalise } from './normalise.ts'
import { hasOnlyNumbers, numbersIn } from './numbers.ts'
import { isYesNo, leaksAnswer } from './question.ts'
import { quoteFinder } from './quote.ts'
import { refersToSource } from './self-contained.ts'
import { similarity, trigrams } from './similarity.ts'
import { hasWords } from './words.ts'

const Side = z
  .string()
  .trim()
  .refine((text) => text.isWellFormed() && !text.includes('\u0000'))
const Shape = z.object({ front: Side, back: Side, source_quote: z.unknown() })

const isLong = (text: string, most: { codePoints: number; words: number }): boolean =>
  codePoints(text) > most.codePoints || hasWords(text, most.words + 1)

/**
 * Keeps the cards that the text proves, the first `max_cards` of them in their order, and counts the others. Pure.
 * A card is dropped for the first reason that applies (shape, length, what is foreign to the text, quote, duplicate); flags only describe.
 */
export const gate = ({ content, sourceText, options, request }: GateInput): GateResult => {
  const wanted = options.max_cards ?? limits.cards.default
  const findQuote = quoteFinder(sourceText)
  const findDisallowed = disallowedContentFinder(request, sourceText)
  const numbers = numbersIn(sourceText)
  const expected = options.language === undefined ? expectedOfText(sourceText) : expectedOfTag(options.language)
  const seen = new Set<string>()
  const grams: Float64Array[] = []
  const result: GateResult = { cards: [], dropped: {}, surplus: 0 }

  const flagsOf = (front: string, back: string, sides: Sides): Flag[] => {
    const both = `${sides.front}\n${sides.back}`
    const own = trigrams(both)
    const checks: [Flag, boolean][] = [
      ['long_front', isLong(front, limits.longFront)],
      ['long_back', isLong(back, limits.longBack)],
      ['number_not_in_source', !hasOnlyNumbers(back, numbers)],
      ['near_duplicate', grams.some((other) => similarity(own, other) >= limits.similarity)],
      ['leaks_answer', leaksAnswer(sides)],
      ['not_self_contained', refersToSource(sides)],
      ['not_atomic', !isAtomic(back)],
      ['yes_no', isYesNo(sides)],
      ['language', isInOtherLanguage(both, expected)],
    ]
    grams.push(own)
    return checks.filter(([, holds]) => holds).map(([flag]) => flag)
  }

  const checkCard = (element: unknown): DropReason | 'surplus' | GatedCard => {
    const shape = Shape.safeParse(element)
    if (!shape.success) return 'invalid_shape'
    const { front, back, source_quote } = shape.data
    const sides = { front: normalise(front), back: normalise(back) }
    if (sides.front === '' || sides.back === '') return 'invalid_shape'
    if (codePoints(front) > limits.front || codePoints(back) > limits.back) return 'too_long'
    const disallowed = findDisallowed(`${front}\n${back}`)
    if (disallowed !== null) return disallowed
    const quote = typeof source_quote === 'string' ? findQuote(source_quote) : null
    if (quote === null) return 'ungrounded'
    const mark = fingerprint(sides)
    if (seen.has(mark)) return 'duplicate'
    seen.add(mark)
    if (result.cards.length >= wanted) return 'surplus'
    const position = result.cards.length + 1
    return { position, front, back, ...quote, flags: flagsOf(front, back, sides), fingerprint: mark }
  }

  for (const element of content) {
    const verdict = checkCard(element)
    if (verdict === 'surplus') result.surplus++
    else if (typeof verdict === 'string') result.dropped[verdict] = (result.dropped[verdict] ?? 0) + 1
    else result.cards.push(verdict)
  }
  return result
}
