/** One server-sent event: its name (empty when unnamed) and its data lines joined. */
export type SseEvent = { event: string; data: string }

/** Turns pieces of a stream, cut anywhere, into events. `end` gives up an event that the last blank line never closed. */
export type SseDecoder = { push(text: string): SseEvent[]; end(): SseEvent[] }

/** A decoder of the WHATWG event stream format: LF, CRLF or CR, comments skipped, `id` and `retry` ignored. */
export const createSseDecoder = (): SseDecoder => {
  let rest = ''
  let event = ''
  let data: string[] = []

  const dispatch = (): SseEvent[] => {
    const events = data.length > 0 ? [{ event, data: data.join('\n') }] : []
    event = ''
    data = []
    return events
  }

  const line = (text: string): SseEvent[] => {
    if (text === '') return dispatch()
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data.push(value)
    if (field === 'event') event = value
    return []
  }

  return {
    push: (text) => {
      const all = rest + text
      // A CR at the very end may be the first half of a CRLF: it waits for the next piece.
      const complete = all.endsWith('\r') ? all.slice(0, -1) : all
      const lines = complete.split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? '') + all.slice(complete.length)
      return lines.flatMap(line)
    },
    end: () => [...(rest === '' ? [] : line(rest.replace(/\r$/, ''))), ...dispatch()],
  }
}
