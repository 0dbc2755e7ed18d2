// A few lines of instructions may surround the delimiters, so they are searched this many lines from both ends.
const EDGE_LINES = 5
const LONGEST_DELIMITER = 120

type Line = { text: string; start: number; end: number }

const edgeLines = (message: string): { first: Line[]; last: Line[] } => {
  const lines = [...message.matchAll(/[^\r\n]+/gu)]
    .map(({ 0: text, index }): Line => ({ text: text.trim(), start: index, end: index + text.length }))
    .filter(({ text }) => text !== '')
  return { first: lines.slice(0, EDGE_LINES), last: lines.slice(-EDGE_LINES).reverse() }
}

const looksLikeDelimiter = ({ text }: Line) =>
  text.length <= LONGEST_DELIMITER && (/^[^\p{L}\p{N}\s]/u.test(text) || /^(?:BEGIN|END|START)\b/iu.test(text))

/** Whether two lines are a pair of delimiters. A prompt chooses delimiters that do not occur in the text. */
const isPair = (message: string, open: Line, close: Line) => {
  const tag = /^<([\w:-]+)[^>]*>$/u.exec(open.text)?.[1]
  if (tag && close.text === `</${tag}>`) return true
  if (!/[\p{L}\p{N}]/u.test(open.text)) return open.text.length >= 3 && open.text === close.text
  return (open.text.match(/[\p{L}\p{N}_-]{6,}/gu) ?? []).some(
    (token) => close.text.includes(token) && message.indexOf(token, open.end) === message.lastIndexOf(token),
  )
}

/**
 * The unaltered text between two delimiter lines near the ends of a message; the whole message when it has none.
 * Delimiters are tags, fences, rules, BEGIN and END, or any marks that share a token.
 */
export const textBetweenDelimiters = (message: string): string => {
  const { first, last } = edgeLines(message)
  for (const open of first.filter(looksLikeDelimiter)) {
    const close = last.find((line) => line.start > open.end && looksLikeDelimiter(line) && isPair(message, open, line))
    if (close) return message.slice(open.end, close.start).replace(/^\r?\n|\r?\n$/gu, '')
  }
  return message
}
