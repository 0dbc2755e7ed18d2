import { isUnreachable } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { TokenBudgetExceeded } from '../llm/token-budget.ts'
import type { Job } from '../queue/jobs.ts'
import { type Cache, digestOf } from './cache.ts'
import { type Decision, decide, type Result } from './decide.ts'
import type { Generate } from './generate.ts'
import { jobEvent, type Outcome, type Waits } from './job-event.ts'
import { type PlanDeps, planRun } from './plan.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'
import { traceRun } from './trace-run.ts'

export type ProcessDeps = {
  store: Store
  planning: PlanDeps
  cache: Cache
  generate: Generate
  /** In [0, 1). */
  random(): number
  log: Logger
  /** `durationMs` since the delivery; `waits` of the first one of a generation. */
  onEnd(outcome: Outcome, durationMs: number, waits: Waits | null): void
}

const providerRequestIdOf = (result: Result): string | null => {
  if (result.what === 'generated') return result.of.error.provider_request_id ?? null
  return result.what === 'failed' ? result.failure.providerRequestId : null
}

/**
 * Takes one delivery of a job, and its claimed run, to its end: plan, generate, decide, apply. Rejects only when the
 * database stays away.
 */
export const createProcess = ({ store, planning, cache, generate, random, log, onEnd }: ProcessDeps) => {
  const work = async (run: Run, signal: AbortSignal, onAnswered: () => void): Promise<Result> => {
    const plan = planRun(planning, run)
    if (!plan.ok) return { what: 'impossible', code: plan.code }
    const found = plan.kind.cacheable
      ? await cache(run, digestOf(run, plan), plan.kind.fromCache, signal)
      : ({ kind: 'miss', key: null } as const)
    if (found.kind === 'hit') return { what: 'cached', made: found.made, metadata: found.metadata, from: found.from }
    const generated = await generate(run, plan, signal, onAnswered)
    if (generated.ok) return { what: 'generated', of: generated, cacheKey: found.key }
    if (!generated.failure) return { what: 'impossible', code: generated.code }
    const { failure, stop, said } = generated
    return { what: 'failed', failure, residency: plan.residency, stopReason: stop.reason, said }
  }

  /** What an error means for the run. Rethrows it when the database stays away: nothing can be written then. */
  const resultOf = (run: Run, error: unknown): Result => {
    if (isUnreachable(error)) throw error
    if (error instanceof TokenBudgetExceeded) return { what: 'impossible', code: 'token_budget_exceeded' }
    if (error instanceof BudgetExceeded) return { what: 'over_budget', refusal: error }
    log.error({ error, generation_id: run.id, request_id: run.requestId }, 'job failed unexpectedly')
    return { what: 'broken' }
  }

  /** Every write of status or result is fenced. One that finds its fence gone changes nothing, and the delivery is lost. */
  const apply = async (run: Run, job: Job, decision: Decision): Promise<Outcome> => {
    const lost = { outcome: 'lost' } as const
    if ('blockModelFor' in decision && decision.blockModelFor !== null)
      await store.blockModel(run, decision.blockModelFor)
    switch (decision.action) {
      case 'commit': {
        const used = await store.commit(run, job, decision.made, decision.metadata, decision.keep)
        return used ? { outcome: 'succeeded', ...decision.counts, used } : lost
      }
      case 'fail': {
        const used = await store.fail(run, job, decision.error, decision.metadata)
        const { code, counts } = decision
        return used ? { outcome: 'failed', code, ...counts, used } : { ...lost, ...counts }
      }
      case 'retry':
      case 'defer': {
        const { action, code, wait } = decision
        const held = await store[action](run, job, wait)
        const outcome = action === 'retry' ? 'retried' : 'deferred'
        return held ? { outcome, code, delaySeconds: wait.delaySeconds } : lost
      }
      case 'release':
        return (await store.release(run, job)) ? { outcome: 'released' } : lost
      case 'abandon': {
        const used = await store.abandon(run, job, decision.said)
        // A generation that another worker took over has not ended.
        return used && decision.outcome === 'cancelled' ? { outcome: 'cancelled', used } : { outcome: decision.outcome }
      }
    }
  }

  const runAndEnd = async (run: Run, job: Job, signal: AbortSignal, onAnswered: () => void): Promise<Outcome> => {
    try {
      const result = await work(run, signal, onAnswered)
      const decidedAt = performance.now()
      const outcome = await apply(run, job, decide(run, job, result, random()))
      const phases =
        result.what === 'generated' ? { phases: { ...result.of.phases, commitMs: performance.now() - decidedAt } } : {}
      return { ...outcome, ...phases, providerRequestId: providerRequestIdOf(result) }
    } catch (error) {
      return apply(run, job, decide(run, job, resultOf(run, error), random()))
    }
  }

  return async (job: Job, signal: AbortSignal, onAnswered: () => void): Promise<void> => {
    const startedAt = performance.now()
    const { run } = job
    if (!run) await store.dismiss(job)
    const result: Outcome = run
      ? await traceRun(run, () => runAndEnd(run, job, signal, onAnswered))
      : { outcome: 'dismissed' }
    const durationMs = Math.round(performance.now() - startedAt)
    onEnd(result, durationMs, run?.attempt === 1 ? { createdMs: run.waitedMs, queuedMs: run.queuedMs } : null)
    log.info(jobEvent(job, run, result, durationMs), 'job')
  }
}
