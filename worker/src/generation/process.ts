import { isUnreachable } from '@recto/shared/database'
import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import type { Logger } from '@recto/shared/log'
import type { AbortReason } from '../dispatcher.ts'
import { delimiterFor } from '../flashcards/prompt.ts'
import type { Job } from '../jobs.ts'
import type { Ask } from '../models/ask.ts'
import type { Failure, Timing } from '../models/failure.ts'
import type { CallJournal } from '../models/request.ts'
import { backoffSeconds } from './backoff.ts'
import { planRun } from './plan.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'

export type ProcessDeps = {
  store: Store
  ask: Ask
  journalOf(run: Run, onGone: () => void): CallJournal
  random(): number
  log: Logger
  /** `durationMs` since the delivery; `waitMs` from the generation's creation to its first claim. */
  onEnd(outcome: Outcome, durationMs: number, waitMs: number | null): void
}

/** How a delivery ended; the one wide event and the metrics of a job are made of it. */
export type Outcome = {
  outcome: 'succeeded' | 'failed' | 'retried' | 'released' | 'cancelled' | 'lost' | 'dismissed'
  code?: GenerationErrorCode
  cards?: number
  dropped?: number
  delaySeconds?: number
}

type Metadata = Record<string, unknown>

const lost: Outcome = { outcome: 'lost' }

const timingOf = ({ requests, latencyMs, firstTokenMs, totalMs }: Timing) => ({
  requests,
  latency_ms: latencyMs,
  first_token_ms: firstTokenMs,
  total_ms: totalMs,
})

const errorOf = (run: Run, code: GenerationErrorCode): GenerationError => ({
  code,
  message: generationErrors[code].message,
  retryable: generationErrors[code].retryable,
  attempts: run.attempt,
  provider: null,
  http_status: null,
  provider_request_id: null,
  response_excerpt: null,
  timing: {},
})

const detailsOf = (failure: Failure): Partial<GenerationError> => ({
  provider: failure.provider,
  http_status: failure.httpStatus,
  provider_request_id: failure.providerRequestId,
  response_excerpt: failure.responseExcerpt,
  timing: timingOf(failure.timing),
})

/** Takes one delivery of a job to its end: claim, plan, call, gate, commit. Rejects only when the database stays away. */
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

  const failed = (run: Run, job: Job, failure: Failure, stop: AbortSignal): Promise<Outcome> => {
    if (failure.class === 'aborted') return stopped(run, job, stop.reason)
    if (failure.retryable && job.retryCount < job.retryLimit)
      return tryLater(run, job, failure.class, failure.retryAfterMs)
    return giveUp(run, job, failure.class, {}, detailsOf(failure))
  }

  const work = async (run: Run, job: Job, signal: AbortSignal): Promise<Outcome> => {
    const plan = planRun(run)
    if (!plan.ok) return giveUp(run, job, plan.code, {}, {})
    const { model, prompt } = plan
    const { sourceText, options } = run

    const gone = new AbortController()
    const stop = AbortSignal.any([signal, gone.signal])
    const request = prompt.request({ sourceText, options, delimiter: delimiterFor(sourceText, deps.random) })
    const answer = await deps.ask(
      {
        request,
        route: { provider: model.provider, model: model.id },
        journal: deps.journalOf(run, () => gone.abort('lost' satisfies AbortReason)),
        parse: prompt.parse,
      },
      stop,
    )
    if (!answer.ok) return failed(run, job, answer.failure, stop)

    const { cards, dropped, surplus } = prompt.gate({ content: answer.value, sourceText, options, request })
    const metadata = {
      provider: answer.provider,
      model: model.id,
      model_served: answer.modelServed,
      provider_request_id: answer.providerRequestId,
      truncated: answer.truncated,
      dropped,
      surplus,
      timing: timingOf(answer.timing),
    }
    const counts = { cards: cards.length, dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0) }
    if (cards.length > 0) {
      const held = await store.commit(run, job, cards, metadata)
      return held ? { outcome: 'succeeded', ...counts } : lost
    }
    const found = {
      provider: answer.provider,
      provider_request_id: answer.providerRequestId,
      timing: timingOf(answer.timing),
    }
    return { ...(await giveUp(run, job, 'no_usable_cards', metadata, { ...found, dropped })), ...counts }
  }

  /** A defect of ours must not cost the person the generation at once: it is tried again like a provider's failure. */
  const workSafely = async (run: Run, job: Job, signal: AbortSignal): Promise<Outcome> => {
    try {
      return await work(run, job, signal)
    } catch (error) {
      if (isUnreachable(error)) throw error
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
