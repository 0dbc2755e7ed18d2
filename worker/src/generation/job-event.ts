import type { GenerationErrorCode } from '@recto/shared/errors'
import type { Generation } from '@recto/shared/generation'
import type { Job } from '../queue/jobs.ts'
import type { Counts } from './decide.ts'
import type { Phases } from './generate.ts'
import type { Run } from './run.ts'
import type { Used } from './store.ts'

/** How a delivery ended, for the one log event and the metrics of a job. */
export type Outcome = Counts & {
  outcome: 'succeeded' | 'failed' | 'retried' | 'deferred' | 'released' | 'cancelled' | 'lost' | 'dismissed'
  code?: GenerationErrorCode
  delaySeconds?: number
  /** The provider's id of the request that answered, or that failed last. */
  providerRequestId?: string | null
  /** What the generation has used until its end. */
  used?: Used
  /** Of a run that a model answered. `commitMs`: to store what became of it. */
  phases?: Phases & { commitMs: number }
  /** The trace that its run belonged to. */
  traceId?: string | undefined
}

/** How long a generation waited for its first run, in milliseconds: since it was created, and since it could have run. */
export type Waits = { createdMs: number; queuedMs: number }

/** The status of the generation afterwards. Null when this delivery says nothing about it. */
const statusAfter: Record<Outcome['outcome'], Generation['status'] | null> = {
  succeeded: 'succeeded',
  failed: 'failed',
  retried: 'pending',
  deferred: 'pending',
  released: 'pending',
  cancelled: 'cancelled',
  lost: null,
  dismissed: null,
}

/**
 * The fields of the one log event of a delivery, which docs/operations.md lists. `run` is null when there was nothing
 * to run.
 */
export const jobEvent = (job: Job, run: Run | null, ended: Outcome, latencyMs: number) => ({
  generation_id: job.id,
  request_id: run?.requestId ?? null,
  trace_id: ended.traceId ?? null,
  user_id: run?.userId ?? null,
  use_case: run?.kind ?? null,
  attempt: run?.attempt ?? null,
  waited_ms: run?.waitedMs ?? null,
  latency_ms: latencyMs,
  outcome: ended.outcome,
  status: statusAfter[ended.outcome],
  code: ended.code,
  delay_seconds: ended.delaySeconds,
  results: ended.results,
  dropped: ended.dropped,
  budget: ended.budget,
  cached: ended.cached ?? false,
  rate_limited: ended.code === 'rate_limited' || ended.code === 'rate_limited_upstream',
  provider_request_id: ended.providerRequestId ?? null,
  tokens_used: ended.used?.tokens ?? null,
  // A number, so that a log store can add it up. The exact amount is in the generation's row.
  cost_usd: ended.used ? Number(ended.used.costUsd) : null,
})
