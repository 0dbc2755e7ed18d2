/** One server-sent event: its name (empty when it has none) and its data lines joined by LF. */
export type SseEvent = { event: string; data: string }

/**
 * Turns pieces of a stream, cut at any character, into events. `end` returns the event that no blank line has closed
 * yet.
 */
export type SseDecoder = { push(text: string): SseEvent[]; end(): SseEvent[] }

/**
 * Creates a decoder of the event stream format (WHATWG HTML, "Server-sent events"). Lines end with LF, CRLF or CR;
 * comments and the fields `id` and `retry` are ignored.
 */
export const createSseDecoder = (): SseDecoder => {
  let line = ''
  /** Whether the last piece has ended in CR, which may be the first half of a CRLF. */
  let afterReturn = false
  let event = ''
  let data: string[] = []

  const dispatch = (events: SseEvent[]): void => {
    if (data.length > 0) events.push({ event, data: data.join('\n') })
    event = ''
    data = []
  }

  const addLine = (text: string, events: SseEvent[]): void => {
    if (text === '') {
      dispatch(events)
      return
    }
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data.push(value)
    if (field === 'event') event = value
  }

  return {
    push: (text) => {
      // Only the new piece is searched: to search the line again would take quadratic time for one in many pieces.
      const [rest = '', ...lines] = text.slice(afterReturn && text.startsWith('\n') ? 1 : 0).split(/\r\n|\n|\r/)
      if (text !== '') afterReturn = text.endsWith('\r')
      const events: SseEvent[] = []
      line += rest
      for (const next of lines) {
        addLine(line, events)
        line = next
      }
      return events
    },
    end: () => {
      const events: SseEvent[] = []
      if (line !== '') addLine(line, events)
      dispatch(events)
      return events
    },
  }
}
