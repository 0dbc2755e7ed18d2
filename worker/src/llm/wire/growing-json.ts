import { createJsonScan } from './json-scan.ts'
import {
  endOf,
  endOfClosing,
  endOfFence,
  endOfMarkup,
  isUndecided,
  longestClosing,
  nextClosing,
  openedThinking,
  skipSpace,
} from './leaked-markup.ts'

/**
 * What a piece of text has added. `restarted`: what came before was thinking, and `json` is the beginning of another
 * value.
 */
export type GrownJson = { restarted: boolean; json: string }

/** As many parts as `findJson` reads. */
const maxParts = 2000

/**
 * Finds the JSON in a model's text while the text arrives, as `findJson` finds it in the whole text: among thinking and
 * markup. Where it cannot be known yet whether JSON follows, it waits. It reads each character once, but for the
 * beginnings of markup, and keeps no more than those.
 */
export const createGrowingJson = (): { push(piece: string): GrownJson } => {
  let text = ''
  let parts = 0
  let hasValue = false
  let grown: GrownJson = { restarted: false, json: '' }

  /** Reads what it can of `text`, and returns whether another step may go on. */
  type Step = () => boolean

  const goOn = (next: Step, end: number): boolean => {
    text = text.slice(end)
    step = next
    return true
  }

  const readNothing = (): boolean => {
    text = ''
    return false
  }

  /** After the end of thinking whose beginning is missing: what came before was thinking. */
  const restart = (end: number): boolean => {
    if (hasValue) grown = { restarted: true, json: '' }
    hasValue = false
    return goOn(readPart, end)
  }

  /** Looks for the end of what is no part of the answer. */
  const hiddenUntil =
    (closing: RegExp, then: (end: number) => boolean): Step =>
    () => {
      const end = endOf(closing, text, 0)
      if (end !== -1) return then(end)
      text = text.slice(-longestClosing)
      return false
    }
  const readProse = hiddenUntil(nextClosing, restart)

  const beginValue = (): boolean => {
    const isAnswer = !hasValue
    hasValue = true
    const scan = createJsonScan()
    return goOn(() => {
      const end = scan(text, 0)
      if (isAnswer) grown.json += end === -1 ? text : text.slice(0, end)
      if (end !== -1) return goOn(readPart, end)
      text = ''
      return false
    }, 0)
  }

  const readPart: Step = () => {
    text = text.slice(skipSpace(text, 0))
    if (text === '') return false
    const thinking = openedThinking(text, 0)
    const closed = thinking ? -1 : endOfClosing(text, 0)
    if (!thinking && closed === -1 && isUndecided(text)) return false
    if (++parts > maxParts) return goOn(readNothing, 0)
    if (thinking) {
      const { closing, start } = thinking
      return goOn(
        hiddenUntil(closing, (end) => goOn(readPart, end)),
        start,
      )
    }
    if (closed !== -1) return restart(closed)
    const end = Math.max(endOfMarkup(text, 0), endOfFence(text, 0))
    if (end !== -1) return goOn(readPart, end)
    return text.startsWith('{') || text.startsWith('[') ? beginValue() : goOn(readProse, 0)
  }
  let step = readPart

  return {
    push: (piece) => {
      grown = { restarted: false, json: '' }
      text += piece
      while (step());
      return grown
    },
  }
}
