import { createMiddleware } from 'hono/factory'
import type { Caller, VerifyToken } from '../auth/verify-token.ts'
import { callerOf } from '../auth.ts'
import type { ApiEnv } from '../env.ts'
import { LimitError } from './limit-error.ts'
import { createRecentWindows } from './recent-windows.ts'
import { type LimitName, type Policy, policyHeaders, rateLimitHeaders, type Window } from './windows.ts'

export type RateLimitDeps = {
  /** The windows of an account. Rejects when the caller is no member of it. */
  stateOf(caller: Caller, account: string, limit: LimitName): Promise<Window[]>
  policy(limit: LimitName): Promise<Policy[]>
  verify: VerifyToken
  now(): number
}

/** The endpoints that count something, and what. Every other answer shows what is left of generations. */
const counted: Record<string, LimitName> = {
  'POST /api/ai/generations': 'generations',
  'POST /api/ai/chat': 'generations',
  'POST /api/ai/test': 'connection_checks',
}

const keyOf = (limit: LimitName, { userId }: Caller, account = userId) => `${limit} ${userId} ${account}`

/**
 * Puts the rate-limit headers on every answer, errors included. Where it is not known what the caller has left, they
 * are the policy of a new account alone. It denies nothing: the database does (`limit-error.ts`), and
 * `auth/limit-refused.ts`.
 */
export const setRateLimitHeaders = ({ stateOf, policy, verify, now }: RateLimitDeps) => {
  const recent = createRecentWindows(now)
  // The policies of the last answers, for an outage that begins before the policy was ever read.
  const last: Record<LimitName, Policy[]> = { generations: [], connection_checks: [] }

  return createMiddleware<ApiEnv>(async (c, next) => {
    await next()
    const limitOfEndpoint = counted[`${c.req.method} ${c.req.path}`]
    const isCounted = limitOfEndpoint !== undefined
    const limit = limitOfEndpoint ?? 'generations'
    const { status } = c.res

    /** The windows that this answer is about. Undefined, or an error, where they are not known, as in an outage. */
    const findWindows = async (): Promise<Window[] | undefined> => {
      const learned = c.error instanceof LimitError ? c.error.windows : c.get('admission')?.windows
      if (learned) return learned
      const refused = c.get('refused')
      if (refused) return isCounted ? undefined : [refused]
      if (status === 401 || status >= 500) return undefined
      // A request that is refused before its handler, as for its size, has not been authenticated.
      const token = c.req.header('authorization')
      const caller = c.get('caller') ?? (await callerOf(verify, token, c.get('client')))
      c.set('caller', caller)
      const account = c.get('account') ?? caller.userId
      const read = () => stateOf(caller, account, limit)
      return isCounted ? read() : recent.get(keyOf(limit, caller, account), read)
    }

    const windows = await findWindows().catch(() => undefined)
    const known = windows ?? (await policy(limit).catch(() => last[limit]))
    if (!c.get('refused')) last[limit] = known
    const caller = c.get('caller')
    if (windows && isCounted && caller && status < 500) recent.set(keyOf(limit, caller, c.get('account')), windows)
    const headers = windows ? rateLimitHeaders(windows) : policyHeaders(known)
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  })
}
