import type { DataResidency } from '@recto/shared/catalog'
import type { EndedCall } from '../calls/ended-call.ts'

/** What holds for an account when its generation is claimed. `allowedModels` are names in requests; null allows all. */
export type AccountPolicy = {
  dataResidency: DataResidency
  scrub: boolean
  allowedModels: string[] | null
  allowedKinds: string[] | null
  overBudget: 'fail' | 'wait'
  /** Most of the month's budget is spent: the cheapest model is asked. */
  throttled: boolean
}

/**
 * A generation that this worker has claimed. `attempt` is the fence: later writes of status and result hold only while it
 * is the newest claim.
 */
export type Run = {
  id: string
  userId: string
  accountId: string
  requestId: string | null
  /** The trace of the request that submitted it. */
  traceId: string | null
  kind: string
  /** The text of flashcards. Null for a kind that has its input in `input`. */
  sourceText: string | null
  input: unknown
  model: string
  promptVersion: string
  options: unknown
  /** As the request asked. */
  dataResidency: DataResidency
  accountPolicy: AccountPolicy
  attempt: number
  /**
   * Calls of this run that have ended and are not written yet: whatever becomes of the run, they are written in the same
   * transaction.
   */
  endedCalls: EndedCall[]
  /** How many answers of earlier deliveries could not be used. */
  unusableAnswers: number
  /** How many calls of earlier deliveries failed in a way that may pass. */
  failedCalls: number
  /** Between its creation and this claim, by the database's clock. */
  waitedMs: number
}
