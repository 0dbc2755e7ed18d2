import { createSemaphore } from '@recto/shared/semaphore'
import type { Clock } from '../clock.ts'
import { type Attempt, makeAttempt } from '../llm/attempt.ts'
import type { CallRecorder, CallResult, Usage } from '../llm/request.ts'
import { adviceFor } from './advice.ts'
import { checkRequest, readText } from './question.ts'
import type { RouteToCheck } from './routes-to-check.ts'

/**
 * The result of one request. `key`: the fingerprint of the key. `said`: the provider's message for a failure, with
 * secrets removed. Times are in milliseconds.
 */
export type CheckedRoute = {
  provider: string
  model: string
  region: string
  key: string
  result: CallResult['outcome']
  http_status: number | null
  latency_ms: number
  first_token_ms: number | null
  model_served: string | null
  tokens_input: number | null
  tokens_output: number | null
  cost_usd: string
  cost_source: Usage['costSource']
  said: string | null
  advice: string | null
}

const checksAtOnce = 4

/** The command has no database, so calls are not recorded. */
const unrecorded: CallRecorder = {
  start: async () => '',
  identify: () => undefined,
  progress: () => undefined,
  finish: async () => undefined,
}

const checkedRouteOf = (
  { key, route }: RouteToCheck,
  attempt: Attempt<string>,
  advice: string | null,
): CheckedRoute => {
  const { outcome, usage, excerpt } = attempt
  return {
    provider: route.provider,
    model: route.model,
    region: route.region,
    key: key.fingerprint,
    result: outcome.ok ? 'ok' : outcome.class,
    http_status: attempt.httpStatus,
    latency_ms: attempt.latencyMs,
    first_token_ms: attempt.firstTokenMs,
    model_served: attempt.modelServed,
    tokens_input: usage.tokensInput,
    tokens_output: usage.tokensOutput,
    cost_usd: usage.costUsd,
    cost_source: usage.costSource,
    said: outcome.ok ? null : (excerpt ?? outcome.note),
    advice,
  }
}

/**
 * Sends one request per route and key, a few at a time and without retries. Resolves to the results in the same order;
 * a failed request is a result.
 */
export const checkRoutes = (
  leases: readonly RouteToCheck[],
  keyVariableOf: (provider: string) => string,
  clock: Pick<Clock, 'now' | 'steady'>,
): Promise<CheckedRoute[]> => {
  const semaphore = createSemaphore({ places: checksAtOnce })
  const question = { request: checkRequest, recorder: unrecorded, parse: readText }
  const never = new AbortController().signal
  return Promise.all(
    leases.map((lease) =>
      semaphore.run(async () => {
        const attempt = await makeAttempt({ ...lease, hedge: false, mayLeave: () => true }, question, clock, never)
        const { outcome, httpStatus } = attempt
        const advice = outcome.ok ? null : adviceFor(outcome.class, httpStatus, keyVariableOf(lease.route.provider))
        return checkedRouteOf(lease, attempt, advice)
      }),
    ),
  )
}
