import { isUnreachable } from '@recto/shared/database'
import type { GenerationErrorCode } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import type { Logger } from '@recto/shared/log'
import { BUDGET_WAIT_MS, RESTING_PATIENCE_MS } from '../deadlines.ts'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { type Failure, handlingOf } from '../llm/errors/failure.ts'
import type { AbortReason } from '../queue/dispatcher.ts'
import type { Job } from '../queue/jobs.ts'
import { backoffSeconds } from './backoff.ts'
import { type Cache, digestOf } from './cache.ts'
import { detailsOf, errorOf, type Metadata } from './errors.ts'
import type { Generate } from './generate.ts'
import { type PlanDeps, type Planned, planRun } from './plan.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'

export type ProcessDeps = {
  store: Store
  planning: PlanDeps
  cache: Cache
  generate: Generate
  random(): number
  log: Logger
  /** `durationMs` since the delivery; `waitMs` from the generation's creation to its first claim. */
  onEnd(outcome: Outcome, durationMs: number, waitMs: number | null): void
}

/** How a delivery ended; the one wide event and the metrics of a job are made of it. */
export type Outcome = {
  outcome: 'succeeded' | 'failed' | 'retried' | 'deferred' | 'released' | 'cancelled' | 'lost' | 'dismissed'
  code?: GenerationErrorCode
  cards?: number
  dropped?: number
  delaySeconds?: number
  cached?: true
}

const lost: Outcome = { outcome: 'lost' }

/** Failures that another provider would not have shared. */
const isOfProvider = (cause: Failure['class']): boolean =>
  cause === 'no_route_available' || handlingOf(cause).failover === 'yes'

/** Takes one delivery of a job to its end: claim, plan, make, commit. Rejects only when the database stays away. */
export const createProcess = (deps: ProcessDeps) => {
  const { store } = deps

  /** The run was stopped from outside: hand it back on shutdown; otherwise somebody else has decided what becomes of it. */
  const stopped = async (run: Run, job: Job, reason: unknown): Promise<Outcome> => {
    if (reason === ('shutdown' satisfies AbortReason))
      return (await store.release(run, job)) ? { outcome: 'released' } : lost
    await store.abandon(run, job)
    return { outcome: reason === ('cancelled' satisfies AbortReason) ? 'cancelled' : 'lost' }
  }

  const giveUp = async (
    run: Run,
    job: Job,
    code: GenerationErrorCode,
    metadata: Metadata,
    more: Partial<GenerationError>,
  ) => {
    const held = await store.fail(run, job, { ...errorOf(run, code), ...more }, metadata)
    return held ? ({ outcome: 'failed', code } as const) : lost
  }

  const tryLater = async (run: Run, job: Job, code: GenerationErrorCode, hintMs: number | null): Promise<Outcome> => {
    const delaySeconds = backoffSeconds(job.retryCount, hintMs, deps.random)
    return (await store.retry(run, job, delaySeconds)) ? { outcome: 'retried', code, delaySeconds } : lost
  }

  /** Every route rests and nothing was sent, which uses up no try. */
  const defer = async (run: Run, job: Job, code: GenerationErrorCode, hintMs: number): Promise<Outcome> => {
    const delaySeconds = backoffSeconds(0, hintMs, deps.random)
    return (await store.defer(run, job, delaySeconds)) ? { outcome: 'deferred', code, delaySeconds } : lost
  }

  /** What is under way may turn out cheaper than it was booked; a month's money that is gone comes back with the next month. */
  const outOfMoney = async (run: Run, job: Job, refusal: BudgetExceeded): Promise<Outcome> => {
    if (!refusal.final) return defer(run, job, 'budget_exceeded', BUDGET_WAIT_MS)
    await store.exhaustBudget(run, refusal.neededUsd)
    if (run.accountPolicy.overBudget === 'fail' || refusal.hopeless) return giveUp(run, job, 'budget_exceeded', {}, {})
    const delaySeconds = refusal.resetSeconds
    return (await store.defer(run, job, delaySeconds))
      ? { outcome: 'deferred', code: 'budget_exceeded', delaySeconds }
      : lost
  }

  const failed = (
    run: Run,
    job: Job,
    { residency }: Planned,
    failure: Failure,
    stop: AbortSignal,
  ): Promise<Outcome> => {
    const { class: cause, retryAfterMs, retryable } = failure
    if (cause === 'aborted') return stopped(run, job, stop.reason)
    if (cause === 'no_route_available' && retryAfterMs !== null && run.waitedMs < RESTING_PATIENCE_MS)
      return defer(run, job, cause, retryAfterMs)
    if (cause !== 'no_route_available' && retryable && job.retryCount < job.retryLimit)
      return tryLater(run, job, cause, retryAfterMs)
    const code = residency === 'eu' && isOfProvider(cause) ? 'residency_unavailable' : cause
    return giveUp(run, job, code, {}, { ...detailsOf(failure), ...(code !== cause && { cause }) })
  }

  const work = async (run: Run, job: Job, signal: AbortSignal): Promise<Outcome> => {
    const plan = planRun(deps.planning, run)
    if (!plan.ok) return giveUp(run, job, plan.code, {}, {})
    const found = await deps.cache(run, digestOf(run, plan), signal)
    if (found.kind === 'hit') {
      const { cards, metadata } = found.entry
      const held = await store.commit(run, job, cards, { ...metadata, cached: true, cached_from: found.from }, null)
      return held ? { outcome: 'succeeded', cards: cards.length, cached: true } : lost
    }

    const generated = await deps.generate(run, plan, signal)
    if (!generated.ok)
      return generated.failure
        ? failed(run, job, plan, generated.failure, generated.stop)
        : giveUp(run, job, generated.code, {}, {})
    const { cards, dropped, metadata } = generated
    const counts = { cards: cards.length, dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0) }
    if (cards.length > 0) {
      const held = await store.commit(run, job, cards, metadata, generated.deterministic ? found.key : null)
      return held ? { outcome: 'succeeded', ...counts } : lost
    }
    return { ...(await giveUp(run, job, 'no_usable_cards', metadata, { ...generated.error, dropped })), ...counts }
  }

  /** A defect of ours must not cost the person the generation at once: it is tried again like a provider's failure. */
  const workSafely = async (run: Run, job: Job, signal: AbortSignal): Promise<Outcome> => {
    try {
      return await work(run, job, signal)
    } catch (error) {
      if (isUnreachable(error)) throw error
      if (error instanceof BudgetExceeded) return outOfMoney(run, job, error)
      deps.log.error({ error, generation_id: run.id, request_id: run.requestId }, 'job broke')
      if (job.retryCount < job.retryLimit) return tryLater(run, job, 'internal_error', null)
      return giveUp(run, job, 'internal_error', {}, {})
    }
  }

  return async (job: Job, signal: AbortSignal): Promise<void> => {
    const startedAt = performance.now()
    const run = await store.claim(job)
    if (!run) await store.dismiss(job)
    const result: Outcome = run ? await workSafely(run, job, signal) : { outcome: 'dismissed' }
    const durationMs = Math.round(performance.now() - startedAt)
    deps.onEnd(result, durationMs, run?.attempt === 1 ? run.waitedMs : null)
    deps.log.info(
      {
        generation_id: job.id,
        request_id: run?.requestId ?? null,
        user_id: run?.userId ?? null,
        attempt: run?.attempt ?? null,
        waited_ms: run?.waitedMs ?? null,
        duration_ms: durationMs,
        ...result,
      },
      'job',
    )
  }
}
