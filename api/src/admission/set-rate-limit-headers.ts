import { createMiddleware } from 'hono/factory'
import type { Caller } from '../auth/verify-token.ts'
import type { ApiEnv } from '../env.ts'
import { LimitError } from './limit-error.ts'
import { type LimitName, type Policy, rateLimitHeaders, type Window } from './windows.ts'

export type RateLimitDeps = {
  /** The windows of an account; none when the caller is no member of it. */
  stateOf(caller: Caller, account: string, limit: LimitName): Promise<Window[]>
  policy(limit: LimitName): Promise<Policy[]>
}

/**
 * Puts the rate-limit headers on every answer of a limited endpoint, errors included. It denies nothing: the database does
 * (`limit-error.ts`).
 */
export const setRateLimitHeaders = (limit: LimitName, { stateOf, policy }: RateLimitDeps) => {
  // The windows of the last answer, for an outage that begins before the policy was ever read.
  let last: Policy[] = []
  const standIn = async (): Promise<Window[]> => {
    const known = await policy(limit).catch(() => last)
    return known.map((window) => ({ ...window, remaining: 0, reset: 0 }))
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    await next()
    const { caller, account = caller?.userId } = c.var
    const state = async (): Promise<Window[]> => {
      if (!caller || account === undefined || c.res.status >= 500) return standIn()
      const own = await stateOf(caller, account, limit).catch(() => [])
      return own.length > 0 ? own : standIn()
    }
    const learned = c.error instanceof LimitError ? c.error.windows : c.get('admission')?.windows
    const windows = learned ?? (await state())
    last = windows
    for (const [name, value] of Object.entries(rateLimitHeaders(windows))) c.res.headers.set(name, value)
  })
}
