import type { Span } from './sentences.ts'

/** In UTF-16 units. With ellipses, a front stays below 150 code points. */
const MAX_CLAUSE_LENGTH = 140

const clauseEnd = /[,;:،؛、；：—–](?=\s|$)|[、；：]/gu

/** The last word boundary before `limit`; `limit` itself, outside of a surrogate pair, when there is none. */
const lastBreak = (text: string, start: number, limit: number) => {
  const space = text.slice(start, limit).search(/\s\S*$/u)
  if (space > 0) return start + space
  const code = text.charCodeAt(limit)
  return code >= 0xdc00 && code <= 0xdfff ? limit - 1 : limit
}

/**
 * Splits a sentence that is too long for a card between clauses, or between words where one clause is too long itself.
 * Ranges are in UTF-16 units of the text.
 */
export const splitIntoClauses = (text: string, sentence: Span): Span[] => {
  if (sentence.end - sentence.start <= MAX_CLAUSE_LENGTH) return [sentence]
  const slice = text.slice(sentence.start, sentence.end)
  const ends = [...slice.matchAll(clauseEnd)].map((match) => sentence.start + match.index + match[0].length)
  const cut: Span[] = []
  let start = sentence.start
  while (start < sentence.end) {
    const limit = start + MAX_CLAUSE_LENGTH
    const reached = sentence.end <= limit ? sentence.end : ends.findLast((end) => end > start + 30 && end <= limit)
    const end = reached ?? lastBreak(text, start, limit)
    cut.push({ start, end })
    start = end + (/^\s*/u.exec(text.slice(end, sentence.end))?.[0].length ?? 0)
  }
  return cut
}
