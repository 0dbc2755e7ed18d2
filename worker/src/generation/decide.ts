import type { DataResidency } from '@recto/shared/catalog'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import { BUDGET_WAIT_MS, NO_ROUTE_WAIT_MS } from '../deadlines.ts'
import type { Made } from '../kinds/kind.ts'
import type { BudgetExceeded, ShortBudget } from '../llm/errors/budget-exceeded.ts'
import { type Failure, handlingOf } from '../llm/errors/failure.ts'
import type { AbortReason } from '../queue/dispatcher.ts'
import type { Job } from '../queue/jobs.ts'
import type { CacheKey, Keep } from './cache.ts'
import { detailsOf, errorOf, type Metadata } from './errors.ts'
import type { Generated } from './generate.ts'
import { retryDelaySeconds } from './retry-delay.ts'
import type { Run } from './run.ts'

/** What came of a run's work. */
export type Result =
  /** Nothing was asked: the run cannot be made, or no route may serve it. */
  | { what: 'impossible'; code: GenerationErrorCode }
  /** Another generation of the account had the same request; `from` is its id. */
  | { what: 'cached'; made: Made; metadata: Metadata; from: string }
  | { what: 'generated'; of: Extract<Generated, { ok: true }>; cacheKey: CacheKey | null }
  /** `stopReason` is that of the signal when the failure is `aborted`; `said` the output that stays of a stopped answer. */
  | { what: 'failed'; failure: Failure; residency: DataResidency; stopReason: unknown; said: unknown }
  | { what: 'over_budget'; refusal: BudgetExceeded }
  /** A defect of this program. */
  | { what: 'broken' }

/** Why a generation waits for its next run, as its reader sees it. `class`: what the last run failed with. */
export type Wait = { reason: 'retry' | 'routes_resting' | 'budget'; class?: GenerationErrorCode; delaySeconds: number }

/**
 * Numbers of a decision for the log and the metrics. `budget`: whose budget was too small, because the code says no more
 * to people than that one was.
 */
export type Counts = { results?: number; dropped?: number; cached?: true; budget?: ShortBudget['scope'] }

/**
 * What becomes of a run. `blockModelFor` (USD): submissions that ask the same model are denied from now on, because a call
 * that reserves so much does not fit into the budget.
 */
export type Decision =
  | { action: 'commit'; made: Made; metadata: Metadata; keep: Keep | null; counts: Counts }
  | {
      action: 'fail'
      error: GenerationError
      code: GenerationErrorCode
      metadata: Metadata
      blockModelFor: string | null
      counts: Counts
    }
  /** Uses up one of the job's tries. */
  | { action: 'retry'; code: GenerationErrorCode; wait: Wait }
  /** Uses up no try, because nothing was sent. */
  | { action: 'defer'; code: GenerationErrorCode; wait: Wait; blockModelFor: string | null }
  /** Hands the job back at once, for another worker. */
  | { action: 'release' }
  /** Somebody else has decided about the generation: its cost is written, and what was said when they stopped it. */
  | { action: 'abandon'; outcome: 'cancelled' | 'lost'; said: unknown }

const fail = (
  run: Run,
  code: GenerationErrorCode,
  more: { error?: Partial<GenerationError>; metadata?: Metadata; blockModelFor?: string; counts?: Counts } = {},
): Decision => ({
  action: 'fail',
  code,
  metadata: {},
  blockModelFor: null,
  counts: {},
  ...more,
  error: { ...errorOf(run, code), ...more.error },
})

const retry = (code: GenerationErrorCode, delaySeconds: number): Decision => ({
  action: 'retry',
  code,
  wait: { reason: 'retry', class: code, delaySeconds },
})

const defer = (code: GenerationErrorCode, wait: Wait, blockModelFor: string | null = null): Decision => ({
  action: 'defer',
  code,
  wait,
  blockModelFor,
})

const sumOf = (dropped: Record<string, number>): number => Object.values(dropped).reduce((sum, count) => sum + count, 0)

const decideGenerated = (run: Run, { of, cacheKey }: Extract<Result, { what: 'generated' }>): Decision => {
  const { made, dropped, metadata, error, deterministic } = of
  const counts = { results: made.count, dropped: sumOf(dropped) }
  if (!made.usable) return fail(run, made.failureCode, { error: { ...error, dropped }, metadata, counts })
  // What chance had a part in is not kept for the next one who asks.
  return { action: 'commit', made, metadata, keep: cacheKey && { key: cacheKey, reusable: deterministic }, counts }
}

const decideStopped = (stopReason: unknown, said: unknown): Decision => {
  if (stopReason === ('shutdown' satisfies AbortReason)) return { action: 'release' }
  if (stopReason === ('cancelled' satisfies AbortReason)) return { action: 'abandon', outcome: 'cancelled', said }
  return { action: 'abandon', outcome: 'lost', said: null }
}

/** Whether another provider might not have failed so. */
const isOfProvider = (cause: Failure['class']): boolean =>
  cause === 'no_route_available' || handlingOf(cause).failover === 'yes'

const decideFailed = (
  run: Run,
  job: Job,
  { failure, residency, stopReason, said }: Extract<Result, { what: 'failed' }>,
  random: number,
): Decision => {
  const { class: cause, retryAfterMs, retryable } = failure
  if (cause === 'aborted') return decideStopped(stopReason, said)
  if (cause === 'no_route_available' && retryAfterMs !== null && run.waitedMs < NO_ROUTE_WAIT_MS)
    return defer(cause, { reason: 'routes_resting', delaySeconds: retryDelaySeconds(0, retryAfterMs, random) })
  if (cause !== 'no_route_available' && retryable && job.retryCount < job.retryLimit)
    return retry(cause, retryDelaySeconds(job.retryCount, retryAfterMs, random))
  const code = residency === 'eu' && isOfProvider(cause) ? 'residency_unavailable' : cause
  return fail(run, code, { error: { ...detailsOf(failure), ...(code !== cause && { cause }) } })
}

/** Says that no month can pay the call. Nobody may read the budget of the deployment. */
const hopelessMessage = ({ model }: Run, { neededUsd, budget }: BudgetExceeded): string =>
  budget.scope === 'account'
    ? `A request to ${model} may cost ${neededUsd} USD, and the budget of a month is ${budget.budgetUsd} USD.`
    : `A request to ${model} may cost more than this deployment may spend in a month.`

const decideOverBudget = (run: Run, refusal: BudgetExceeded, random: number): Decision => {
  const code = 'budget_exceeded'
  const reason = 'budget'
  // Calls under way may turn out cheaper than they were reserved.
  if (!refusal.final) return defer(code, { reason, delaySeconds: retryDelaySeconds(0, BUDGET_WAIT_MS, random) })
  const blockModelFor = refusal.neededUsd
  const counts = { budget: refusal.budget.scope }
  if (refusal.hopeless)
    return fail(run, code, { blockModelFor, counts, error: { message: hopelessMessage(run, refusal) } })
  if (run.accountPolicy.overBudget === 'fail') return fail(run, code, { blockModelFor, counts })
  return defer(code, { reason, delaySeconds: refusal.resetSeconds }, blockModelFor)
}

/** Decides what becomes of a run. Pure: `random` is a number in [0, 1) for the jitter of delays. */
export const decide = (run: Run, job: Job, result: Result, random: number): Decision => {
  switch (result.what) {
    case 'impossible':
      return fail(run, result.code)
    case 'cached': {
      const { made, from } = result
      const metadata = { ...result.metadata, cached: true, cached_from: from }
      return { action: 'commit', made, metadata, keep: null, counts: { results: made.count, cached: true } }
    }
    case 'generated':
      return decideGenerated(run, result)
    case 'failed':
      return decideFailed(run, job, result, random)
    case 'over_budget':
      return decideOverBudget(run, result.refusal, random)
    case 'broken':
      // A defect must not cost the person the generation at once: it is tried again like a provider's failure.
      return job.retryCount < job.retryLimit
        ? retry('internal_error', retryDelaySeconds(job.retryCount, null, random))
        : fail(run, 'internal_error')
  }
}
