import type { Frame } from './frame.ts'
import { deltaFrame, type LiveText } from './live.ts'

/** How much a reader has of the text that a model writes. Workers tell it again from its beginning when they are asked. */
export const createTextReceived = () => {
  /** In code points. */
  let received = 0
  let misses = false

  return {
    /** The part that the reader does not have yet. A part behind one that was lost waits for its repetition. */
    take: ({ attempt, offset, end, text, frame }: LiveText): Frame[] => {
      misses = offset > received
      if (misses || end <= received) return []
      const more =
        offset === received ? frame : deltaFrame(attempt, received, [...text].slice(received - offset).join(''))
      received = end
      return [more]
    },
    /** Whether the latest part came behind one that the reader does not have. */
    misses: (): boolean => misses,
    clear: (): void => {
      received = 0
      misses = false
    },
  }
}
