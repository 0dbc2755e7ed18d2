import { codePoints } from '@recto/shared/text'
import { z } from 'zod'
import { createTurn } from '../../turn.ts'
import { cutLongRuns } from '../characters/cut-long-runs.ts'
import { normalise } from '../characters/normalise.ts'
import { hasAtLeastWords } from '../characters/segmentation.ts'
import { expectedLanguageOfTag, expectedLanguageOfText, isInOtherLanguage } from '../language.ts'
import type { DropReason, Flag, GatedCard, GateInput, GateResult, Sides } from './card.ts'
import { createTexMender, hasControlCharacter } from './control-characters.ts'
import { createDisallowedContentCheck } from './disallowed-content.ts'
import { fingerprint } from './fingerprint.ts'
import { isAtomic } from './flags/atomic-answer.ts'
import { leaksAnswer } from './flags/leaks-answer.ts'
import { hasOnlyKnownNumbers, numbersIn } from './flags/numbers.ts'
import { refersToSource } from './flags/refers-to-source.ts'
import { jaccardSimilarity, trigrams } from './flags/similarity.ts'
import { isYesNoCard } from './flags/yes-no.ts'
import { limits } from './limits.ts'
import { createQuoteFinder } from './quote.ts'

const Side = z.string().refine((text) => text.isWellFormed() && !text.includes('\u0000'))
const Shape = z.object({ front: Side, back: Side, source_quote: z.unknown() })

const isLong = (text: string, most: { codePoints: number; words: number }): boolean =>
  codePoints(text) > most.codePoints || hasAtLeastWords(text, most.words + 1)

/** What becomes of one element: a card, the first reason to drop it, or a good card above `max_cards` (surplus). */
type Verdict = GatedCard | DropReason | 'surplus'

/** Judges the elements of one answer, one call for each, in their order. */
type Judge = {
  judge(element: unknown): Verdict
  /** How many cards are wanted, and how many elements are judged at most; the others are `too_many`. */
  wanted: number
  most: number
}

/**
 * Prepares the gate for the elements of one answer. A card is dropped for the first reason that applies (shape, length,
 * what is foreign to the text, quote, duplicate); flags only describe. Lengths are checked before anything slower. The
 * event loop gets its turn between the steps of the preparation.
 */
export const openGate = async ({ sourceText, options, request }: Omit<GateInput, 'content'>): Promise<Judge> => {
  const wanted = options.max_cards ?? limits.cards.default
  const turn = createTurn()
  const comparable = cutLongRuns(sourceText)
  const mendTex = createTexMender(sourceText)
  const findQuote = createQuoteFinder(sourceText)
  await turn()
  const findDisallowed = createDisallowedContentCheck(request, comparable)
  await turn()
  const numbers = numbersIn(comparable)
  const expected =
    options.language === undefined ? expectedLanguageOfText(sourceText) : expectedLanguageOfTag(options.language)
  const seen = new Set<string>()
  const grams: Float64Array[] = []
  let kept = 0

  const flagsOf = (front: string, back: string, sides: Sides): Flag[] => {
    const both = `${sides.front}\n${sides.back}`
    const own = trigrams(both)
    const checks: [Flag, boolean][] = [
      ['long_front', isLong(front, limits.longFront)],
      ['long_back', isLong(back, limits.longBack)],
      ['number_not_in_source', !hasOnlyKnownNumbers(back, numbers)],
      ['near_duplicate', grams.some((other) => jaccardSimilarity(own, other) >= limits.similarity)],
      ['leaks_answer', leaksAnswer(sides)],
      ['not_self_contained', refersToSource(sides)],
      ['not_atomic', !isAtomic(back)],
      ['yes_no', isYesNoCard(sides)],
      ['language', isInOtherLanguage(both, expected)],
    ]
    grams.push(own)
    return checks.filter(([, holds]) => holds).map(([flag]) => flag)
  }

  const judge = (element: unknown): Verdict => {
    const shape = Shape.safeParse(element)
    if (!shape.success) return 'invalid_shape'
    const { source_quote } = shape.data
    const written = [mendTex(shape.data.front), mendTex(shape.data.back)] as const
    const [front, back] = [written[0].trim(), written[1].trim()]
    if (codePoints(front) > limits.front || codePoints(back) > limits.back) return 'too_long'
    const sides = { front: normalise(front), back: normalise(back) }
    if (sides.front === '' || sides.back === '') return 'invalid_shape'
    // Before trimming, which would remove the tab of a broken \times and leave "imes".
    if (written.some((side) => hasControlCharacter(side.trimEnd()))) return 'control_character'
    const disallowed = findDisallowed(cutLongRuns(`${front}\n${back}`))
    if (disallowed !== null) return disallowed
    const quote = typeof source_quote === 'string' ? findQuote(mendTex(source_quote)) : null
    if (quote === null) return 'ungrounded'
    const mark = fingerprint(sides)
    if (seen.has(mark)) return 'duplicate'
    seen.add(mark)
    if (kept >= wanted) return 'surplus'
    return { position: ++kept, front, back, ...quote, flags: flagsOf(front, back, sides), fingerprint: mark }
  }

  return { judge, wanted, most: wanted + limits.spareCards + limits.spareElements }
}

/**
 * Keeps the cards that the text proves, the first `max_cards` of them in their order, and counts the others. Pure. The
 * event loop gets its turn between the cards.
 */
export const gate = async ({ content, ...answered }: GateInput): Promise<GateResult> => {
  const turn = createTurn()
  const { judge, most } = await openGate(answered)
  const result: GateResult = { cards: [], dropped: {}, surplus: 0 }
  const judged = content.slice(0, most)
  if (judged.length < content.length) result.dropped.too_many = content.length - judged.length
  for (const element of judged) {
    await turn()
    const verdict = judge(element)
    if (verdict === 'surplus') result.surplus++
    else if (typeof verdict === 'string') result.dropped[verdict] = (result.dropped[verdict] ?? 0) + 1
    else result.cards.push(verdict)
  }
  return result
}
