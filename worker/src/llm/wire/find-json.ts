import { endOfJson } from './end-of-json.ts'
import { endOfClosing, endOfFence, endOfMarkup, endOfNextClosing, endOfThinking, skipSpace } from './leaked-markup.ts'

/** The most values, tokens and blocks of thinking that are read. An answer has a few. */
const maxParts = 2000

/**
 * `json`: the first JSON object or array of a text outside of its thinking; to the end of the text when it is cut off or
 * not `alone`, empty when there is none. `alone`: only thinking, markup and code fences stand beside it. `leaked`: thinking
 * or markup stands in the text, or something beside a JSON value.
 */
export type FoundJson = { json: string; alone: boolean; leaked: boolean }

/**
 * Finds the JSON in a model's text, among thinking and the markup of tools and templates. What stands in thinking is never
 * taken: neither in a block that is not closed, nor before a closing tag whose opening tag the server has left out.
 * The time is proportional to the length of the text.
 */
export const findJson = (text: string): FoundJson => {
  let values: { start: number; end: number }[] = []
  let marked = false
  let at = skipSpace(text, 0)

  /** Takes what begins at `at`, and returns the offset after it, or -1 for prose. */
  const readPart = (): number => {
    const thoughtEnd = endOfThinking(text, at)
    const closed = thoughtEnd === -1 ? endOfClosing(text, at) : -1
    if (closed !== -1) values = []
    const skipped = Math.max(thoughtEnd, closed)
    const markedEnd = skipped === -1 ? endOfMarkup(text, at) : skipped
    if (markedEnd !== -1) {
      marked = true
      return markedEnd
    }
    if (text[at] !== '{' && text[at] !== '[') return endOfFence(text, at)
    const end = endOfJson(text, at)
    values.push({ start: at, end: end === -1 ? text.length : end })
    return end === -1 ? text.length : end
  }

  for (let parts = 0; at < text.length; parts++) {
    if (parts === maxParts) return { json: '', alone: false, leaked: true }
    let next = readPart()
    if (next === -1) {
      // Prose before the end of thinking is thinking.
      next = endOfNextClosing(text, at)
      if (next === -1) break
      values = []
      marked = true
    }
    at = skipSpace(text, next)
  }

  const rest = text.slice(at)
  const [first] = values
  const alone = values.length === 1 && rest === ''
  const beside = rest === '' ? values.length > 1 : first !== undefined || /[{[]/.test(rest)
  return {
    json: first ? text.slice(first.start, alone ? first.end : undefined) : '',
    alone,
    leaked: marked || beside,
  }
}
