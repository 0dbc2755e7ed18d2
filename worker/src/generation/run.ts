import { DataResidency } from '@recto/shared/catalog'
import { Optimize } from '@recto/shared/generation'
import { z } from 'zod'
import type { EndedCall } from '../calls/ended-call.ts'
import { AccountPolicy } from './account-policy.ts'

/** A generation's row as its claim returns it. */
const Claimed = z.object({
  id: z.string(),
  userId: z.string(),
  accountId: z.string(),
  requestId: z.string().nullable(),
  /** By which the run continues the trace of the request that submitted it. */
  traceparent: z.string().nullable(),
  kind: z.string(),
  /** The text of flashcards. Null for a kind that has its input in `input`. */
  sourceText: z.string().nullable(),
  input: z.unknown(),
  model: z.string(),
  promptVersion: z.string(),
  options: z.unknown(),
  /** As the request asked. */
  dataResidency: DataResidency,
  /** As the request asked. Null: as the deployment orders routes. */
  optimize: Optimize.nullable(),
  accountPolicy: AccountPolicy,
  attempt: z.int(),
  /** How many answers of earlier deliveries could not be used. */
  unusableAnswers: z.int(),
  /** How many calls of earlier deliveries failed in a way that may pass. */
  failedCalls: z.int(),
  /** The most tokens that all of its calls may use together. */
  maxTotalTokens: z.int().nullable(),
  /** What the calls of earlier deliveries used, and how many of them may have used tokens that nobody knows. */
  usedTokens: z.number(),
  unmeasuredCalls: z.int(),
  /** Between its creation and this claim, by the database's clock. */
  waitedMs: z.number(),
  /** Between its job, which has been in the queue since the generation could run, and this delivery. */
  queuedMs: z.number(),
})

/**
 * A generation that this worker has claimed. `attempt` is the fence: later writes of status and result hold only while it
 * is the newest claim. `endedCalls` have ended and are not written yet: whatever becomes of the run, they are written in
 * the transaction that ends it.
 */
export type Run = z.infer<typeof Claimed> & { endedCalls: EndedCall[] }

/** Reads the run of a claimed generation. @throws z.ZodError for a row of another form */
export const readRun = (claimed: unknown): Run => ({ ...Claimed.parse(claimed), endedCalls: [] })
