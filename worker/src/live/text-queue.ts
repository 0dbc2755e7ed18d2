import type { LiveDelta } from '@recto/shared/live'
import { codePoints } from '@recto/shared/text'
import type { z } from 'zod'

/** The most UTF-16 units of one event: escaped by JSON, six bytes each, it still fits into a message. */
const mostUnits = 1_200

/** The end of a piece that begins at `at` and divides no surrogate pair. */
const endOfPiece = (text: string, at: number): number => {
  const end = at + mostUnits
  const isDivided = /[\ud800-\udbff]/.test(text[end - 1] ?? '') && /[\udc00-\udfff]/.test(text[end] ?? '')
  return isDivided ? end - 1 : end
}

/** The text of an answer so far, and how much of it has been told. */
export const createTextQueue = () => {
  let text = ''
  /** Where what was not told begins: in UTF-16 units, and in code points. */
  let at = 0
  let offset = 0

  const restart = (): void => {
    at = 0
    offset = 0
  }

  return {
    add: (more: string): void => {
      text += more
    },
    hasMore: (): boolean => at < text.length,
    /** The next event; null when all was told. `taken` notes that it is told. */
    next: (): { event: z.infer<typeof LiveDelta>; taken(): void } | null => {
      if (at === text.length) return null
      const piece = text.slice(at, endOfPiece(text, at))
      return {
        event: { type: 'delta', offset, text: piece },
        taken: () => {
          at += piece.length
          offset += codePoints(piece)
        },
      }
    },
    /** All is told again. */
    repeat: restart,
    clear: (): void => {
      text = ''
      restart()
    },
  }
}
