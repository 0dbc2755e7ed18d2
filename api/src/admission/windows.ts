import { z } from 'zod'

/** What has limits of its own: generations by the account's plan, connection checks by recto.settings. */
export type LimitName = 'generations' | 'connection_checks'

/**
 * A sliding window of an account: `remaining` of `limit` are free, and `reset` seconds pass until the next place frees.
 */
const Window = z.object({
  name: z.string(),
  limit: z.int(),
  remaining: z.int(),
  window_seconds: z.int(),
  reset: z.int(),
})
export type Window = z.infer<typeof Window>

/** A window without its use. */
export type Policy = Pick<Window, 'name' | 'limit' | 'window_seconds'>

/** A window as the database counts it. `frees_in`: seconds until a place frees, null when nothing is used. */
export type CountedWindow = { name: string; most: number; seconds: number; used: number; frees_in: number | null }

/** The window with the name of what is counted comes first, because the X- headers show only the first one. */
const rank = ({ name }: { name: string }): number => (name === 'generations' || name === 'connection_checks' ? 0 : 1)
export const inOrder = <T extends { name: string; window_seconds: number }>(windows: T[]): T[] =>
  windows.toSorted((a, b) => rank(a) - rank(b) || a.window_seconds - b.window_seconds)

/** The windows of an account, in the order of the headers. */
export const Windows = z.array(Window).transform(inOrder)

/**
 * Numbers of a window for an answer. A window that admits nothing never frees; one with nothing used is free at once.
 */
export const windowOf = ({ name, most, seconds, used, frees_in }: CountedWindow): Window => ({
  name,
  limit: most,
  remaining: Math.max(0, most - used),
  window_seconds: seconds,
  reset: most === 0 ? seconds : used === 0 ? 0 : Math.ceil(frees_in ?? seconds),
})

/** The headers of limits whose use is not known. Without a limit there are none. */
export const policyHeaders = (policies: Policy[]): Record<string, string> => {
  const [first] = policies
  if (!first) return {}
  return {
    'RateLimit-Policy': policies
      .map(({ name, limit, window_seconds }) => `"${name}";q=${limit};w=${window_seconds}`)
      .join(', '),
    'X-RateLimit-Limit': String(first.limit),
  }
}

/** Headers of draft-ietf-httpapi-ratelimit-headers and their older X- forms. Without a window there are none. */
export const rateLimitHeaders = (windows: Window[]): Record<string, string> => {
  const [first] = windows
  if (!first) return {}
  return {
    ...policyHeaders(windows),
    RateLimit: windows.map(({ name, remaining, reset }) => `"${name}";r=${remaining};t=${reset}`).join(', '),
    'X-RateLimit-Remaining': String(first.remaining),
  }
}
