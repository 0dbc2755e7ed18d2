import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { CallJournal, CallResult, Route } from '../models/request.ts'
import type { Run } from './run.ts'
import type { Turnstile } from './turnstile.ts'

export type JournalDeps = {
  pool: pg.Pool
  persist<T>(write: () => Promise<T>): Promise<T>
  onCall(route: Route, result: CallResult): void
  /** What answers go through that arrive together, so that the first are committed, and their slots free, before the last are booked. */
  turn: Turnstile
}

/**
 * Writes one ai_calls row per provider request: before it leaves, so that a killed worker leaves a trace of it, and again when
 * it is over. `onGone` hears that the run is not this worker's any more, in which case no request should leave.
 */
export const createJournal = (deps: JournalDeps, run: Run, onGone: () => void): CallJournal => {
  const routes = new Map<string, Route>()
  return {
    start: async ({ route }) => {
      const id = randomUUID()
      routes.set(id, route)
      // Repeated after an acknowledgement that was lost, it finds its own row.
      const insert = {
        name: 'call_start',
        text: `insert into public.ai_calls (id, generation_id, user_id, account_id, attempt, provider, model)
        select $1, id, user_id, account_id, attempts, $4, $5 from public.ai_generations
        where id = $2 and attempts = $3 and status = 'running'
        on conflict (id) do update set outcome = null`,
        values: [id, run.id, run.attempt, route.provider, route.model],
      }
      const { rowCount } = await deps.persist(() => deps.pool.query(insert))
      if (rowCount !== 1) onGone()
      return id
    },
    finish: async (id, result) => {
      const update = {
        name: 'call_finish',
        text: `update public.ai_calls
        set outcome = $2, http_status = $3, provider_request_id = $4, model_served = $5, tokens_input = $6, tokens_output = $7,
          tokens_reasoning = $8, tokens_cached = $9, cost_usd = $10, cost_source = $11, latency_ms = $12, first_token_ms = $13,
          error = $14, finished_at = clock_timestamp()
        where id = $1`,
        values: [
          id,
          result.outcome,
          result.httpStatus,
          result.providerRequestId,
          result.modelServed,
          result.usage.tokensInput,
          result.usage.tokensOutput,
          result.usage.tokensReasoning,
          result.usage.tokensCached,
          result.usage.costUsd,
          result.usage.costSource,
          result.latencyMs,
          result.firstTokenMs,
          result.error === null ? null : JSON.stringify(result.error),
        ],
      }
      const route = routes.get(id)
      if (route) deps.onCall(route, result)
      await deps.persist(() => deps.turn(() => deps.pool.query(update)))
    },
  }
}
