import { createSharedWrite } from '@recto/shared/batcher'
import type { Statement } from '@recto/shared/database'
import { naming, waitingBriefly } from '@recto/shared/transaction'
import { SETTLE_LOOKUP_MS } from '../deadlines.ts'
import type { CallResult } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'

/** The end of a call, as `recto.finish_calls` reads it. */
export type EndedCall = ReturnType<typeof endedCallOf>

export const endedCallOf = (id: string, route: Route, result: CallResult) => {
  const { usage, providerRequestId, error } = result
  const asksLater = usage.costSource === 'estimate' && route.costLookup && providerRequestId !== null
  return {
    id,
    outcome: result.outcome,
    http_status: result.httpStatus,
    provider_request_id: providerRequestId,
    model_served: result.modelServed,
    tokens_input: usage.tokensInput,
    tokens_output: usage.tokensOutput,
    tokens_reasoning: usage.tokensReasoning,
    tokens_cached: usage.tokensCached,
    cost_usd: usage.costUsd,
    cost_source: usage.costSource,
    latency_ms: result.latencyMs,
    first_token_ms: result.firstTokenMs,
    error,
    settle_ms: asksLater ? SETTLE_LOOKUP_MS : null,
  }
}

/** Calls that are written together may be of several accounts. */
const scope = naming({ across: 'runs' }, '$2')

/** Writes the end of a call whose run goes on. Calls that meet share a statement. */
export const createFinishCall = (send: (statement: Statement) => Promise<unknown>) =>
  createSharedWrite<EndedCall, void>(
    async (calls) => {
      await send({
        name: 'call_finish',
        text: `with scope as materialized (select ${scope.sql}, ${waitingBriefly('$1')}) select recto.finish_calls($1) from scope`,
        values: [JSON.stringify(calls), scope.value],
      })
      return () => undefined
    },
    { max: 50 },
  )
