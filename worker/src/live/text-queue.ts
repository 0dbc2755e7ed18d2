import type { LiveDelta } from '@recto/shared/live'
import { codePoints } from '@recto/shared/text'
import type { z } from 'zod'

type Delta = z.infer<typeof LiveDelta>

/** Where a piece may end so that it divides no surrogate pair. */
const endBefore = (text: string, end: number): number => {
  const isDivided = /[\ud800-\udbff]/.test(text[end - 1] ?? '') && /[\udc00-\udfff]/.test(text[end] ?? '')
  return isDivided ? end - 1 : end
}

/** The longest event of a text from `at` on that has at most so many bytes as JSON. */
const fitting = (text: string, at: number, offset: number, bytes: number): { event: Delta; json: string } => {
  for (let units = Math.min(text.length - at, bytes); ; ) {
    const event: Delta = { type: 'delta', offset, text: text.slice(at, endBefore(text, at + units)) }
    const json = JSON.stringify(event)
    const size = Buffer.byteLength(json)
    if (size <= bytes || units === 0) return { event, json }
    units = Math.min(units - 1, Math.floor((units * bytes) / size))
  }
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
    /** The next event as JSON, of at most so many bytes; null when nothing waits, or nothing fits. */
    take: (bytes: number): string | null => {
      if (at === text.length) return null
      const { event, json } = fitting(text, at, offset, bytes)
      if (event.text === '') return null
      at += event.text.length
      offset += codePoints(event.text)
      return json
    },
    /** All is told again. */
    repeat: restart,
    clear: (): void => {
      text = ''
      restart()
    },
  }
}
