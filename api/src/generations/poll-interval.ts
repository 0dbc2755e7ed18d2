import { type Generation, isTerminal } from '@recto/shared/generation'

/** Seconds after which to ask again: 1 for a new generation, up to 10 for an old one; null once nothing will change. */
export const retryAfterOf = (
  { status, created_at }: Pick<Generation, 'status' | 'created_at'>,
  now: number,
): number | null => {
  if (isTerminal(status)) return null
  const age = (now - Date.parse(created_at)) / 1000
  return Math.min(10, Math.max(1, Math.round(age / 6)))
}

/** Seconds to hold an answer by `Prefer: wait=n` (RFC 7240), at most `max`; undefined when it asks for nothing. */
export const preferredWait = (prefer: string | undefined, max: number): number | undefined => {
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=$|[,;])/i.exec(prefer ?? '')?.[1]
  return seconds === undefined || Number(seconds) === 0 ? undefined : Math.min(max, Number(seconds))
}
