import { limits } from './limits.ts'
import { hasSentences, isCjk } from './words.ts'

const item = /^\s*(?:[-*•·‣▪–—]|\(?\p{Nd}{1,2}[.)]|\(?\p{L}\))\s+\S/u
const numbered = /(?:^|[\s:;,])\(?(?:1|a)[.)]\s[\s\S]+[\s;,]\(?(?:2|b)[.)]\s/iu
const separator = /;|,\s+|،|؛|、|，|；/u
const firmSeparator = /[;؛；、]/u
const conjunction = /(?:^|\s)(?:(?:and|or|i|oraz|lub|und|oder|et|ou|y|e|o|en|of|та|і|и|или|або)\s|و\p{L})/iu

const isShort = (part: string): boolean =>
  isCjk(part) ? part.length <= 12 : part.split(/\s+/u).length <= 6 && part.length <= 60

/** "a, b and c", "a, b, c, d", "a; b; c", 「a、b、c」: three items at least, where commas alone need four. */
const enumerates = (text: string): boolean => {
  const parts = text.split(separator).map((part) => part.trim())
  const last = parts.at(-1) ?? ''
  if (parts.length < 2 || !parts.every(isShort)) return false
  const joined = conjunction.exec(last)
  const items = parts.length + (joined !== null && joined.index > 0 ? 1 : 0)
  return items >= 4 || (items === 3 && (joined !== null || firmSeparator.test(text)))
}

const hasItems = (text: string): boolean => {
  const lines = text.split(/\r\n|\r|\n/u).filter((line) => line.trim() !== '')
  return lines.length >= 3 || lines.filter((line) => item.test(line)).length >= 2 || numbered.test(text)
}

/** Whether an answer holds one thing: no list, written in lines or in a sentence, and no more than three sentences. */
export const isAtomic = (back: string): boolean =>
  !hasItems(back) && !enumerates(back) && !hasSentences(back, limits.sentences + 1)
