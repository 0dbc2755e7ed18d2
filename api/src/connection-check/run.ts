import type { Catalog, DataResidency } from '@recto/shared/catalog'
import type { CheckOverBudget, ConnectionCheckAnswer, ConnectionCheckResult } from '@recto/shared/connection-check'
import { AppError } from '@recto/shared/errors'
import type { Admission } from '../admission/admission.ts'
import { budgetDenial } from '../admission/limit-error.ts'
import type { Caller } from '../auth/verify-token.ts'
import type { Actor } from '../db/actor.ts'
import { CHECK_POLL_MS, CHECK_WAIT_MS } from '../deadlines.ts'
import { checkModel } from '../models/check.ts'
import type { Subscriptions } from '../subscriptions.ts'

export type RunConnectionCheckDeps = {
  catalog: Catalog
  residency: DataResidency
  request(actor: Actor, asked: { model: string; message: string | null }): Promise<{ id: string; admission: Admission }>
  find(caller: Caller, id: string): Promise<ConnectionCheckResult | null>
  subscriptions: Pick<Subscriptions, 'subscribe'>
  stopping: AbortSignal
  now(): number
}

/** `message`: what the model is asked; null for the worker's own question. */
export type ConnectionCheckRequest = {
  model: string
  message: string | null
  gone: AbortSignal
  onAdmitted(admission: Admission): void
}

const unavailable = (detail?: string) => new AppError('worker_unavailable', detail, { retryAfter: 5 })

/**
 * When to try again: after the end of the month, or soon, because calls under way may cost less than was reserved for
 * them.
 */
const limitErrorOf = ({ final, limit }: CheckOverBudget): AppError => {
  const { detail, retryAfter } = final
    ? budgetDenial(limit)
    : { detail: 'What is left of the budget is reserved for calls under way.', retryAfter: 5 }
  return new AppError('budget_exceeded', detail, { limit, retryAfter })
}

const answerOf = (result: ConnectionCheckResult): ConnectionCheckAnswer => {
  if (result.ok) {
    const { ok: _, ...answered } = result
    return answered
  }
  if ('limit' in result) throw limitErrorOf(result)
  const { message, code, provider, http_status } = result
  const where = [
    code,
    ...(provider === null ? [] : [provider]),
    ...(http_status === null ? [] : [`HTTP ${http_status}`]),
  ]
  throw new AppError('provider_failed', `${message} (${where.join(', ')})`)
}

/** An answer in words, for people. */
export const inWords = ({ model, provider, latency_ms }: ConnectionCheckAnswer): string =>
  `${model} answered through ${provider} in ${latency_ms} ms.`

/**
 * Lets a worker ask a model, and waits for the result: at most CHECK_WAIT_MS, and only while client and process stay.
 * It subscribes before it reads, so that it misses no result.
 * @throws AppError unknown_model, residency_unavailable, provider_failed, budget_exceeded, worker_unavailable;
 * LimitError
 */
export const runConnectionCheck =
  ({ catalog, residency, request, find, subscriptions, stopping, now }: RunConnectionCheckDeps) =>
  async (
    actor: Actor,
    { model, message, gone, onAdmitted }: ConnectionCheckRequest,
  ): Promise<ConnectionCheckAnswer> => {
    checkModel(catalog, model, residency)
    const over = AbortSignal.any([gone, stopping])
    const { id, admission } = await request(actor, { model, message })
    onAdmitted(admission)
    const until = now() + CHECK_WAIT_MS
    const subscription = subscriptions.subscribe(id, actor.caller.userId)
    if (!subscription) throw unavailable('Too many wait at this process.')
    try {
      for (;;) {
        const result = await find(actor.caller, id)
        if (result) return answerOf(result)
        if (now() >= until || over.aborted) throw unavailable()
        await subscription.next(Math.min(until - now(), CHECK_POLL_MS), over)
      }
    } finally {
      subscription.end()
    }
  }
