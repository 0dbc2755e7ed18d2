import { createMiddleware } from 'hono/factory'
import type { Caller } from '../auth/verify-token.ts'
import type { ApiEnv } from '../http/env.ts'
import { type Admission, type AdmissionPolicy, RateLimited, rateLimitHeaders } from './admission.ts'

export type RateLimitDeps = {
  stateOf(caller: Caller): Promise<Admission>
  policy(): Promise<AdmissionPolicy>
}

/** The policy is remembered for `freshMs`, and the last one known stands in while the database is away. */
export const rememberPolicy = (load: () => Promise<AdmissionPolicy>, freshMs: number, now: () => number) => {
  let known: AdmissionPolicy | undefined
  let until = 0
  return async (): Promise<AdmissionPolicy> => {
    if (known && now() < until) return known
    try {
      known = await load()
      until = now() + freshMs
    } catch (error) {
      if (!known) throw error
      until = now() + freshMs / 10
    }
    return known
  }
}

/** Puts the rate-limit headers on every answer of the endpoint, whatever became of the request. */
export const rateLimit = ({ stateOf, policy }: RateLimitDeps) => {
  // What an answer told last, for an outage that begins before anybody unknown has asked.
  let last: AdmissionPolicy | undefined
  const standIn = async (): Promise<Admission | null> => {
    const known = await policy().catch(() => last)
    return known ? { limit: known.limit, window_seconds: known.window_seconds, remaining: 0, reset: 0 } : null
  }

  return createMiddleware<ApiEnv>(async (c, next) => {
    await next()
    const caller = c.get('caller')
    const learned = c.error instanceof RateLimited ? c.error.admission : c.get('admission')
    const admission = learned ?? (caller && c.res.status < 500 ? await stateOf(caller).catch(standIn) : await standIn())
    last = admission ?? last
    if (admission)
      for (const [name, value] of Object.entries(rateLimitHeaders(admission))) c.res.headers.set(name, value)
  })
}
