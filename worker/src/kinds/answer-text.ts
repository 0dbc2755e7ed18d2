import {
  endOf,
  endOfClosing,
  isUndecided,
  longestClosing,
  openedThinking,
  skipSpace,
} from '../llm/wire/leaked-markup.ts'

/** Control characters but tabs and line breaks. Postgres stores no U+0000, and nobody can see the others. */
const control = /(?![\t\n\r])\p{Cc}/gu
/** What may be the end of the text, and is no part of it then; or the first half of a character. */
const uncertainEnd = /(?:\s+|[\ud800-\udbff])$/

/**
 * Reads the text of an answer that arrives in pieces: without thinking that a server left at its beginning, control
 * characters, lone surrogates, and white space around it.
 */
export const createAnswerText = () => {
  let held = ''
  let state: 'beginning' | 'thinking' | 'text' = 'beginning'
  let closing = /$^/g

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

  return {
    /** What the next piece adds to the text. */
    push: (piece: string): string => {
      held += piece
      read(false)
      if (state !== 'text') return ''
      const end = uncertainEnd.exec(held)?.index ?? held.length
      const text = held.slice(0, end)
      held = held.slice(end)
      return text.toWellFormed().replace(control, '')
    },
    /** What the end of the answer adds. */
    end: (): string => {
      read(true)
      return state === 'text' ? held.toWellFormed().replace(control, '').trimEnd() : ''
    },
  }
}

/** The text of a whole answer. */
export const answerText = (content: string): string => {
  const text = createAnswerText()
  return text.push(content) + text.end()
}
