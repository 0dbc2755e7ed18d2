/** The names of the events of a stream (docs/api.md). */
export const eventNames = [
  'status',
  'suggestion',
  'delta',
  'done',
  'progress',
  'reset',
  'withdrawn',
  'expired',
] as const
export type EventName = (typeof eventNames)[number]

/** An event as it travels: a message of `text/event-stream`. */
export type Frame = { event: EventName; bytes: Uint8Array }

const encoder = new TextEncoder()

/** A message with one line of data. JSON has no line breaks of its own. Durable events have an id. */
export const frameOf = (event: EventName, data: unknown, id?: string): Frame => ({
  event,
  bytes: encoder.encode(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
})

/** A comment, which shows both sides that the connection is alive. */
export const pingBytes = encoder.encode(': ping\n\n')

/** Tells the reader how long to wait before the next connection, in milliseconds. */
export const retryBytes = (ms: number): Uint8Array => encoder.encode(`retry: ${ms}\n\n`)
