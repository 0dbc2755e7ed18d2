import { type Generation, isTerminal } from '@recto/shared/generation'

/**
 * Seconds until a client should ask again: 1 for a new generation, growing to 10; null when it has ended. `now`: epoch
 * milliseconds.
 */
export const retryAfterOf = (
  { status, created_at }: Pick<Generation, 'status' | 'created_at'>,
  now: number,
): number | null => {
  if (isTerminal(status)) return null
  const age = (now - Date.parse(created_at)) / 1000
  return Math.min(10, Math.max(1, Math.round(age / 6)))
}

/** The seconds of `Prefer: wait=n` (RFC 7240), at most `max`; undefined when the header names no wait. */
export const preferredWait = (prefer: string | undefined, max: number): number | undefined => {
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=$|[,;])/i.exec(prefer ?? '')?.[1]
  return seconds === undefined || Number(seconds) === 0 ? undefined : Math.min(max, Number(seconds))
}
