import { isMostlyCjk } from '../../characters/cjk.ts'
import { hasAtLeastSentences } from '../../characters/segmentation.ts'
import { limits } from '../limits.ts'

const listItem = /^\s*(?:[-*•·‣▪–—]|\(?\p{Nd}{1,2}[.)]|\(?\p{L}\))\s+\S/u
const numberedInline = /(?:^|[\s:;,])\(?(?:1|a)[.)]\s[\s\S]+[\s;,]\(?(?:2|b)[.)]\s/iu
const separator = /;|,\s+|،|؛|、|，|；/u
const listSeparator = /[;؛；、]/u
const conjunction = /(?:^|\s)(?:(?:and|or|i|oraz|lub|und|oder|et|ou|y|e|o|en|of|та|і|и|или|або)\s|و\p{L})/iu

const isShort = (part: string): boolean =>
  isMostlyCjk(part) ? part.length <= 12 : part.split(/\s+/u).length <= 6 && part.length <= 60

/**
 * Whether a text enumerates short items: at least three ("a, b and c", "a; b; c", "a、b、c"), or at least four when only
 * commas separate them ("a, b, c, d").
 */
const isEnumeration = (text: string): boolean => {
  const parts = text.split(separator).map((part) => part.trim())
  const last = parts.at(-1) ?? ''
  if (parts.length < 2 || !parts.every(isShort)) return false
  const lastConjunction = conjunction.exec(last)
  const items = parts.length + (lastConjunction !== null && lastConjunction.index > 0 ? 1 : 0)
  return items >= 4 || (items === 3 && (lastConjunction !== null || listSeparator.test(text)))
}

/** Whether a text is laid out as a list: three lines, two lines with bullets or numbers, or "1. … 2. …" in one line. */
const hasListLayout = (text: string): boolean => {
  const lines = text.split(/\r\n|\r|\n/u).filter((line) => line.trim() !== '')
  return lines.length >= 3 || lines.filter((line) => listItem.test(line)).length >= 2 || numberedInline.test(text)
}

/** Whether an answer states one fact: no list, neither in lines nor within a sentence, and at most three sentences. */
export const isAtomic = (back: string): boolean =>
  !hasListLayout(back) && !isEnumeration(back) && !hasAtLeastSentences(back, limits.backSentences + 1)
