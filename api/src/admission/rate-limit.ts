import { createMiddleware } from 'hono/factory'
import type { Caller } from '../auth/verify-token.ts'
import type { ApiEnv } from '../http/env.ts'
import { type Admission, type AdmissionPolicy, type LimitName, RateLimited, rateLimitHeaders } from './admission.ts'

export type RateLimitDeps = {
  stateOf(caller: Caller, limit: LimitName): Promise<Admission>
  policy(limit: LimitName): Promise<AdmissionPolicy>
}

/** Puts the rate-limit headers on every answer of a limited endpoint, whatever became of the request. */
export const rateLimit = (limit: LimitName, { stateOf, policy }: RateLimitDeps) => {
  // What an answer told last, for an outage that begins before anybody unknown has asked.
  let last: AdmissionPolicy | undefined
  const standIn = async (): Promise<Admission | null> => {
    const known = await policy(limit).catch(() => last)
    return known ? { limit: known.limit, window_seconds: known.window_seconds, remaining: 0, reset: 0 } : null
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    await next()
    const caller = c.get('caller')
    const learned = c.error instanceof RateLimited ? c.error.admission : c.get('admission')
    const admission =
      learned ?? (caller && c.res.status < 500 ? await stateOf(caller, limit).catch(standIn) : await standIn())
    last = admission ?? last
    if (admission)
      for (const [name, value] of Object.entries(rateLimitHeaders(limit, admission))) c.res.headers.set(name, value)
  })
}
