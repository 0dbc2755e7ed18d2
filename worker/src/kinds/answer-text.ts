import {
  anyOpening,
  closingLine,
  endOf,
  endOfClosing,
  isUndecided,
  longestClosing,
  openedThinking,
  skipSpace,
} from '../llm/wire/leaked-markup.ts'
import type { GrownText } from './kind.ts'

/** Control characters but tabs and line breaks. Postgres stores no U+0000, and nobody can see the others. */
const control = /(?![\t\n\r])\p{Cc}/gu
/** The most UTF-16 units of white space that wait for what follows. */
const mostSpace = 1_000

/** Where white space begins that may be the end of the text, and is no part of it then; or the first half of a character. */
const certainEnd = (text: string): number => {
  const end = Math.max(text.trimEnd().length, text.length - mostSpace)
  return /[\ud800-\udbff]/.test(text.slice(end - 1, end)) && end === text.length ? end - 1 : end
}

/** A line that may become the end of thinking. */
const openLine = new RegExp(`(?:^|\\n)[ \\t]*[<[◁][^\\n]{0,${longestClosing}}$`)

/**
 * Reads the text of an answer that arrives in pieces: without thinking that a server left at its beginning, control
 * characters, lone surrogates, and white space around it. Where the server left out the beginning of the thinking, what
 * came before a line that ends it was thinking.
 */
export const createAnswerText = () => {
  let held = ''
  let state: 'beginning' | 'thinking' | 'text' = 'beginning'
  let closing = /$^/g
  /** What was shown, where the end of thinking may still follow. */
  let shown: string | null = ''

  const begin = (isWhole: boolean): void => {
    for (;;) {
      held = held.slice(skipSpace(held, 0))
      const thinking = openedThinking(held, 0)
      const closed = thinking ? -1 : endOfClosing(held, 0)
      if (thinking) {
        state = 'thinking'
        closing = thinking.closing
        held = held.slice(thinking.start)
        return
      }
      if (closed === -1) {
        if (held !== '' && (isWhole || !isUndecided(held))) state = 'text'
        return
      }
      held = held.slice(closed)
    }
  }

  /** Passes over the thinking, and returns whether it has ended. */
  const think = (): boolean => {
    const end = endOf(closing, held, 0)
    held = end === -1 ? held.slice(-longestClosing) : held.slice(end)
    if (end !== -1) state = 'beginning'
    return end !== -1
  }

  const read = (isWhole: boolean): void => {
    do if (state === 'beginning') begin(isWhole)
    while (state === 'thinking' && think())
  }

  /** What is ready of the text, which was thinking when a line ends it. */
  const take = (isWhole: boolean): GrownText => {
    const line = state === 'text' && shown !== null ? closingLine.exec(held) : null
    const end = line ? line.index + line[0].length : 0
    const isThought =
      line !== null && (isWhole || line[0].endsWith('\n')) && !anyOpening.test(shown + held.slice(0, line.index))
    const restarted = isThought && shown !== ''
    if (isThought) {
      shown = null
      state = 'beginning'
      held = held.slice(end)
      read(isWhole)
    }
    if (state !== 'text') return { restarted, text: '' }
    const ready = isWhole ? held.trimEnd() : held.slice(0, readyEnd())
    held = held.slice(ready.length)
    const text = ready.toWellFormed().replace(control, '')
    if (shown !== null) shown += text
    return { restarted, text }
  }

  const readyEnd = (): number => {
    const certain = certainEnd(held)
    return shown === null ? certain : Math.min(certain, openLine.exec(held)?.index ?? held.length)
  }

  return {
    /** What the next piece adds to the text. */
    push: (piece: string): GrownText => {
      held += piece
      read(false)
      return take(false)
    },
    /** What the end of the answer adds. */
    end: (): GrownText => {
      read(true)
      return take(true)
    },
  }
}

/** The text of a whole answer. */
export const answerText = (content: string): string => {
  const text = createAnswerText()
  const [first, last] = [text.push(content), text.end()]
  return (last.restarted ? '' : first.text) + last.text
}
