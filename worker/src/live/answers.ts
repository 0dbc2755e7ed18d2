import type { AnswerFollower, GrowingText } from '../llm/request.ts'

/** An answer of a run, or one that still arrives. `text` is null while nothing has arrived. */
export type FollowedAnswer = { text: GrowingText | null; ended: boolean }

/**
 * Follows the answers of one run, of which several may arrive at a time, and tells which of them is shown: the first one
 * that says something, until it fails or another one is used.
 */
export const createAnswers = (onChange: () => void) => {
  const running = new Set<FollowedAnswer>()
  let shown: FollowedAnswer | null = null
  let isDecided = false

  return {
    follow: (): AnswerFollower => {
      const mine: FollowedAnswer = { text: null, ended: false }
      running.add(mine)
      return {
        grew: (text) => {
          mine.text = text
          onChange()
        },
        ended: (usable) => {
          running.delete(mine)
          mine.ended = true
          if (usable && !isDecided) {
            isDecided = true
            shown = mine
          }
          onChange()
        },
      }
    },
    /** An answer that has failed stays until another one says something. */
    shown: (): FollowedAnswer | null => {
      if (!isDecided && (shown === null || shown.ended))
        shown = running.values().find(({ text }) => text !== null && text.content !== '') ?? shown
      return shown
    },
  }
}
