import { createMiddleware } from 'hono/factory'
import type { Caller } from '../auth/verify-token.ts'
import type { ApiEnv } from '../env.ts'
import { LimitError } from './limit-error.ts'
import { createRecentWindows } from './recent-windows.ts'
import { type LimitName, type Policy, rateLimitHeaders, type Window } from './windows.ts'

export type RateLimitDeps = {
  /** The windows of an account; none when the caller is no member of it. */
  stateOf(caller: Caller, account: string, limit: LimitName): Promise<Window[]>
  policy(limit: LimitName): Promise<Policy[]>
  now(): number
}

/** The endpoints that count something, and what. Every other answer shows what is left of generations. */
const counted: Record<string, LimitName> = {
  'POST /api/ai/generations': 'generations',
  'POST /api/ai/test': 'connection_checks',
}

/**
 * Puts the rate-limit headers on every answer, errors included. It denies nothing: the database does
 * (`limit-error.ts`), and `auth/limit-refused.ts`.
 */
export const setRateLimitHeaders = ({ stateOf, policy, now }: RateLimitDeps) => {
  const recent = createRecentWindows(now)
  // The policies of the last answers, for an outage that begins before the policy was ever read.
  const last: Record<LimitName, Policy[]> = { generations: [], connection_checks: [] }

  /** The windows of a new account: without a place left where the request would have been counted. */
  const standIn = async (limit: LimitName, isCounted: boolean): Promise<Window[]> => {
    const known = await policy(limit).catch(() => last[limit])
    return known.map((window) => ({ ...window, remaining: isCounted ? 0 : window.limit, reset: 0 }))
  }

  const orStandIn = async (windows: Promise<Window[]>, limit: LimitName, isCounted: boolean): Promise<Window[]> => {
    const own = await windows.catch(() => [])
    return own.length > 0 ? own : standIn(limit, isCounted)
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    await next()
    const limitOfEndpoint = counted[`${c.req.method} ${c.req.path}`]
    const isCounted = limitOfEndpoint !== undefined
    const limit = limitOfEndpoint ?? 'generations'
    const { caller, account = caller?.userId, refused } = c.var
    const key = `${limit} ${caller?.userId} ${account}`

    const windows = async (): Promise<Window[]> => {
      const learned = c.error instanceof LimitError ? c.error.windows : c.get('admission')?.windows
      if (learned) return learned
      if (refused && !isCounted) return [refused]
      if (!caller || account === undefined || c.res.status >= 500) return standIn(limit, isCounted)
      const read = () => stateOf(caller, account, limit)
      return orStandIn(isCounted ? read() : recent.get(key, read), limit, isCounted)
    }
    const shown = await windows()
    if (!refused) last[limit] = shown
    if (isCounted && caller && c.res.status < 500) recent.set(key, shown)
    for (const [name, value] of Object.entries(rateLimitHeaders(shown))) c.res.headers.set(name, value)
  })
}
