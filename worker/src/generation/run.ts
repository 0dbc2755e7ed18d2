import { DataResidency } from '@recto/shared/catalog'
import { z } from 'zod'
import type { EndedCall } from '../calls/ended-call.ts'
import { type AccountPolicy, readAccountPolicy } from './account-policy.ts'

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

/** A generation's row as a claim returns it. */
const Claimed = z.object({
  id: z.string(),
  user_id: z.string(),
  account_id: z.string(),
  request_id: z.string().nullable(),
  trace_id: z.string().nullable(),
  kind: z.string(),
  source_text: z.string().nullable(),
  input: z.unknown(),
  model: z.string(),
  prompt_version: z.string(),
  options: z.unknown(),
  data_residency: DataResidency,
  account_policy: z.unknown(),
  attempts: z.int(),
  unusable_answers: z.int(),
  failed_calls: z.int(),
  waited_ms: z.number(),
})

/** Reads the run of a claimed generation. @throws z.ZodError for a row of another form */
export const readRun = (claimed: unknown): Run => {
  const row = Claimed.parse(claimed)
  return {
    id: row.id,
    userId: row.user_id,
    accountId: row.account_id,
    requestId: row.request_id,
    traceId: row.trace_id,
    kind: row.kind,
    sourceText: row.source_text,
    input: row.input,
    model: row.model,
    promptVersion: row.prompt_version,
    options: row.options,
    dataResidency: row.data_residency,
    accountPolicy: readAccountPolicy(row.account_policy),
    attempt: row.attempts,
    endedCalls: [],
    unusableAnswers: row.unusable_answers,
    failedCalls: row.failed_calls,
    waitedMs: row.waited_ms,
  }
}
