import type { EndedCall } from './ended-call.ts'

/**
 * What a call is made for: a generation, claimed for the `attempt`th time, or a connection check of an account. `endedCalls`
 * takes the calls that are written with the end of the run.
 */
export type Subject =
  | { purpose: 'generation'; id: string; attempt: number; accountId: string; endedCalls: EndedCall[] }
  | { purpose: 'connection_check'; userId: string; accountId: string }
