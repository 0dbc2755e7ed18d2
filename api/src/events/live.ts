import { type LiveEvent, LiveMessage } from '@recto/shared/live'
import { codePoints } from '@recto/shared/text'
import { type Frame, frameOf } from './frame.ts'

/** More of a text, from one offset to before another, in code points. */
export type LiveText = { type: 'delta'; attempt: number; offset: number; end: number; text: string; frame: Frame }

/** What a message of a worker says, made ready once for all readers. A withdrawal is sent when the generation ends. */
type LivePart =
  | { type: 'item'; key: string; frame: Frame }
  | LiveText
  | { type: 'progress' | 'reset'; frame: Frame }
  | { type: 'withdrawn'; key: string; reason: string }

export type Live = { id: string; attempt: number; parts: LivePart[] }

/** The event that voids the provisional suggestions before it. */
export const resetFrame = (attempt: number): Frame => frameOf('reset', { attempt })

/** The event for a part of the text that is being written. */
export const deltaFrame = (attempt: number, offset: number, text: string): Frame =>
  frameOf('delta', { provisional: true, attempt, offset, text })

const partOf = (attempt: number, event: LiveEvent): LivePart => {
  switch (event.type) {
    case 'item': {
      const { key, value } = event
      const own = { provisional: true, attempt, key }
      // Nothing in the value may say that it is stored.
      return { type: 'item', key, frame: frameOf('suggestion', { ...own, ...value, ...own }) }
    }
    case 'delta': {
      const { offset, text } = event
      const end = offset + codePoints(text)
      return { type: 'delta', attempt, offset, end, text, frame: deltaFrame(attempt, offset, text) }
    }
    case 'progress': {
      const { items, characters } = event
      return { type: 'progress', frame: frameOf('progress', { attempt, items, characters }) }
    }
    case 'reset':
      return { type: 'reset', frame: resetFrame(attempt) }
    case 'withdrawn':
      return event
  }
}

const parse = (payload: string): unknown => {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

/** Reads a payload of the channel `live`. Undefined for one of another form, as a worker of another version may send. */
export const readLive = (payload: string): Live | undefined => {
  const { data } = LiveMessage.safeParse(parse(payload))
  if (!data) return undefined
  const { generation_id, attempt, events } = data
  return { id: generation_id, attempt, parts: events.map((event) => partOf(attempt, event)) }
}
