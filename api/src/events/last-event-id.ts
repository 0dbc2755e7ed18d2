/**
 * The id of a durable event: the attempt, and the place in it. 0 is the status, then come the positions of the suggestions,
 * and behind them the end.
 */
export type EventId = { attempt: number; place: number }

export const idOf = (attempt: number, place: number): string => `${attempt}.${place}`

/** Reads the header Last-Event-ID. Undefined for anything that is no id of a durable event: the stream begins anew then. */
export const parseLastEventId = (header: string | undefined): EventId | undefined => {
  const [, attempt, place] = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.exec(header ?? '') ?? []
  return attempt === undefined ? undefined : { attempt: Number(attempt), place: Number(place) }
}
