import { z } from 'zod'

/** What is counted apart from other things: generations by the account's plan, connection checks by a row of recto.limits. */
export type LimitName = 'generations' | 'connection_checks'

/** A sliding window that counts; seconds throughout, `reset` until the next one frees. */
const Window = z.object({
  name: z.string(),
  limit: z.int(),
  remaining: z.int(),
  window_seconds: z.int(),
  reset: z.int(),
})
export type Window = z.infer<typeof Window>

/** The one that is named as what is counted comes first: the X- headers tell of it alone. */
const first = ({ name }: { name: string }): number => (name === 'generations' || name === 'connection_checks' ? 0 : 1)
const inOrder = <T extends { name: string; window_seconds: number }>(windows: T[]): T[] =>
  windows.toSorted((a, b) => first(a) - first(b) || a.window_seconds - b.window_seconds)

/** Where an account stands in each of its windows. */
export const Windows = z.array(Window).transform(inOrder)

/** The windows themselves, which say nothing about anybody. */
export const Policies = z.array(Window.pick({ name: true, limit: true, window_seconds: true })).transform(inOrder)
export type Policies = z.infer<typeof Policies>

/**
 * What the database said when it let something in. `waiting`: above the account's limit of concurrent ones, so without a job for
 * now; `priority`: the plan's band in the queue; `in_flight`: how many of the caller's generations were under way before this one.
 */
export const Admission = z.object({
  windows: Windows,
  waiting: z.boolean(),
  priority: z.int(),
  in_flight: z.int().default(0),
})
export type Admission = z.infer<typeof Admission>

/** Headers as draft-ietf-httpapi-ratelimit-headers has them, and their older X- forms; none where nothing is limited. */
export const rateLimitHeaders = (windows: Window[]): Record<string, string> => {
  const [window] = windows
  if (!window) return {}
  return {
    'RateLimit-Policy': windows
      .map(({ name, limit, window_seconds }) => `"${name}";q=${limit};w=${window_seconds}`)
      .join(', '),
    RateLimit: windows.map(({ name, remaining, reset }) => `"${name}";r=${remaining};t=${reset}`).join(', '),
    'X-RateLimit-Limit': String(window.limit),
    'X-RateLimit-Remaining': String(window.remaining),
  }
}
