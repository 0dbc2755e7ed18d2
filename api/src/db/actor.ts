import type { Caller } from '../auth/verify-token.ts'
import type { CallerEnv } from '../env.ts'

/** The person who writes, the request with its trace, and the digest of its body if that is to be kept. */
export type Actor = {
  caller: Caller
  requestId: string
  traceparent?: string | undefined
  requestDigest?: string | undefined
}

/** The actor of an authenticated request. */
export const actorOf = ({ caller, requestId, traceparent }: CallerEnv['Variables']): Actor => ({
  caller,
  requestId,
  traceparent,
})
