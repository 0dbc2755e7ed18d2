import { randomUUID } from 'node:crypto'
import type { DataResidency } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import type { Semaphore } from '@recto/shared/semaphore'
import { naming } from '@recto/shared/transaction'
import type pg from 'pg'
import { SETTLE_GRACE_MS, SETTLE_LOOKUP_MS } from '../deadlines.ts'
import type { CallRecorder, CallResult, CallStart } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { budgetErrorOf } from './budget.ts'
import type { CallProgress } from './call-progress.ts'

/** What a call is made for: a generation, claimed for the `attempt`th time, or a connection check of an account. */
export type Subject =
  | { purpose: 'generation'; id: string; attempt: number; accountId: string }
  | { purpose: 'connection_check'; userId: string; accountId: string }

export type CallRecorderDeps = {
  pool: pg.Pool
  retryWrite<T>(write: () => Promise<T>): Promise<T>
  onCall(route: Route, result: CallResult): void
  /** Gets what is known of a request that runs. */
  progress(callId: string, progress: CallProgress): void
  /**
   * Bounds how many calls are recorded at once, so that of many that end together the first ones are committed early.
   */
  semaphore: Pick<Semaphore, 'run'>
}

const columns = `id, attempt, provider, model, region, data_residency, key_fingerprint, hedge, reserved_usd, fx_rate, settle_after,
  estimated_usd, purpose, generation_id, user_id, account_id`
const values =
  '$1, $2::integer, $3, $4, $5, $6, $7, $8::boolean, $9::numeric, $10::numeric, now() + make_interval(secs => $11::float8 / 1000), $13::numeric'

/** Repeated after a lost acknowledgement, the statement finds its own row, which cannot have ended yet. */
const startStatement = (id: string, subject: Subject, residency: DataResidency, call: CallStart) => {
  const { route, keyFingerprint, hedge, reservedUsd, estimatedUsd } = call
  const scope = naming({ account: subject.accountId }, '$12')
  const recorded = [
    id,
    subject.purpose === 'generation' ? subject.attempt : 1,
    route.provider,
    route.model,
    route.region,
    residency,
    keyFingerprint,
    hedge,
    reservedUsd,
    route.fxRate,
    route.timeouts.totalMs + SETTLE_GRACE_MS,
    scope.value,
    estimatedUsd,
  ]
  return subject.purpose === 'generation'
    ? {
        name: 'call_start',
        text: `with scope as materialized (select ${scope.sql})
          insert into public.ai_calls (${columns})
          select ${values}, 'generation', g.id, g.user_id, g.account_id from scope, public.ai_generations g
          where g.id = $14 and g.attempts = $2 and g.status = 'running'
          on conflict (id) do update set outcome = null`,
        values: [...recorded, subject.id],
      }
    : {
        name: 'call_start_connection_check',
        text: `with scope as materialized (select ${scope.sql})
          insert into public.ai_calls (${columns})
          select ${values}, 'connection_check', null, $14, $12::uuid from scope
          on conflict (id) do update set outcome = null`,
        values: [...recorded, subject.userId],
      }
}

const finishStatement = (id: string, { accountId }: Subject, route: Route, result: CallResult) => {
  const scope = naming({ account: accountId }, '$16')
  const { usage, providerRequestId, error } = result
  const asksLater = usage.costSource === 'estimate' && route.costLookup && providerRequestId !== null
  return {
    name: 'call_finish',
    text: `with scope as materialized (select ${scope.sql})
      update public.ai_calls
      set outcome = $2, http_status = $3, provider_request_id = $4, model_served = $5, tokens_input = $6, tokens_output = $7,
        tokens_reasoning = $8, tokens_cached = $9, cost_usd = $10, cost_source = $11, latency_ms = $12, first_token_ms = $13,
        error = $14, settle_after = now() + make_interval(secs => $15::float8 / 1000), finished_at = clock_timestamp()
      from scope where id = $1`,
    values: [
      id,
      result.outcome,
      result.httpStatus,
      providerRequestId,
      result.modelServed,
      usage.tokensInput,
      usage.tokensOutput,
      usage.tokensReasoning,
      usage.tokensCached,
      usage.costUsd,
      usage.costSource,
      result.latencyMs,
      result.firstTokenMs,
      error === null ? null : JSON.stringify(error),
      asksLater ? SETTLE_LOOKUP_MS : null,
      scope.value,
    ],
  }
}

/**
 * Writes one ai_calls row per provider request: before the request, so that a killed worker leaves a trace of it and of
 * its highest cost, and again at its end. `onGone` runs when this worker does not own the run any more. It aborts the
 * run's signal, so that `llm/wire/send.ts` sends nothing.
 * @throws BudgetExceeded from `start`
 */
export const createCallRecorder = (
  deps: CallRecorderDeps,
  subject: Subject,
  residency: DataResidency,
  onGone: () => void,
): CallRecorder => {
  const routes = new Map<string, Route>()
  const write = (statement: Statement) => deps.pool.query(statement)
  return {
    start: async (call) => {
      const id = randomUUID()
      routes.set(id, call.route)
      try {
        const { rowCount } = await deps.retryWrite(() => write(startStatement(id, subject, residency, call)))
        if (rowCount !== 1) onGone()
        return id
      } catch (error) {
        throw budgetErrorOf(error, call.reservedUsd)
      }
    },
    identify: (id, providerRequestId) => {
      if (routes.get(id)?.costLookup) deps.progress(id, { requestId: providerRequestId })
    },
    progress: (id, estimatedUsd) => deps.progress(id, { estimatedUsd }),
    finish: async (id, result) => {
      const route = routes.get(id)
      if (!route) throw new RangeError('a call ended that never started')
      deps.onCall(route, result)
      await deps.retryWrite(() => deps.semaphore.run(() => write(finishStatement(id, subject, route, result))))
    },
  }
}
