import { createRegistry } from '@recto/shared/metrics'
import { priceAgeDays } from '@recto/shared/price-age'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Alert } from './alerts/alert.ts'
import type { SettlementResult } from './calls/settle.ts'
import type { Outcome } from './generation/job-event.ts'
import type { RouteHealth } from './llm/health/route-health.ts'
import type { CallResult } from './llm/request.ts'
import type { Route } from './llm/route.ts'
import type { FailureClass } from './webhooks/posted.ts'

export type MetricsDeps = {
  running(): number
  slots: number
  healths(): { route: Route; health: RouteHealth }[]
  usableRoutes(): readonly Route[]
  /** Epoch milliseconds. */
  now(): number
  keys(): { provider: string; keys: number; resting: number; refused: number }[]
}

const stateNumber = { closed: 0, half_open: 1, open: 2 }

/** The worker's Prometheus metrics. Histograms allow quantiles over several workers. */
export const createMetrics = ({ running, slots, healths, usableRoutes, now, keys }: MetricsDeps) => {
  const registry = createRegistry()
  new Gauge({
    name: 'recto_worker_slots',
    help: 'The most jobs of this worker whose requests are not answered.',
    registers: [registry],
  }).set(slots)
  new Gauge({
    name: 'recto_worker_running',
    help: 'Jobs that this worker runs now, with those that are answered and being stored.',
    registers: [registry],
    collect() {
      this.set(running())
    },
  })
  new Gauge({
    name: 'recto_route_state',
    help: 'Breaker of a route as this worker sees it: 0 closed, 1 half open, 2 open.',
    labelNames: ['provider', 'model'],
    registers: [registry],
    collect() {
      for (const { route, health } of healths())
        this.set({ provider: route.provider, model: route.model }, stateNumber[health.state])
    },
  })
  new Gauge({
    name: 'recto_price_age_days',
    help: 'Days since the date of the price of a route that has a key.',
    labelNames: ['provider', 'model'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { provider, model, pricedOn } of usableRoutes())
        this.set({ provider, model }, priceAgeDays(pricedOn, now()))
    },
  })
  new Gauge({
    name: 'recto_provider_keys',
    help: 'Keys of a provider, by whether they are usable or resting.',
    labelNames: ['provider', 'state'],
    registers: [registry],
    collect() {
      for (const { provider, keys: all, resting } of keys()) {
        this.set({ provider, state: 'usable' }, all - resting)
        this.set({ provider, state: 'resting' }, resting)
      }
    },
  })
  new Gauge({
    name: 'recto_provider_keys_refused',
    help: 'Keys of a provider that rest because it did not accept them or their account has no credit.',
    labelNames: ['provider'],
    registers: [registry],
    collect() {
      for (const { provider, refused } of keys()) this.set({ provider }, refused)
    },
  })
  const jobs = new Counter({
    name: 'recto_jobs_total',
    help: 'Deliveries of jobs, by their outcome.',
    labelNames: ['outcome', 'code'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'recto_job_duration_seconds',
    help: 'Time from the delivery of a job to its end.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
    registers: [registry],
  })
  const waited = new Histogram({
    name: 'recto_job_wait_seconds',
    help: 'Time from the creation of a generation to its first claim.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600],
    registers: [registry],
  })
  const calls = new Counter({
    name: 'recto_model_calls_total',
    help: 'Requests to providers, by their outcome.',
    labelNames: ['provider', 'model', 'outcome'],
    registers: [registry],
  })
  const latency = new Histogram({
    name: 'recto_model_call_duration_seconds',
    help: 'Time from the start of a request to a provider to its end.',
    labelNames: ['provider', 'model'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
    registers: [registry],
  })
  const tokens = new Counter({
    name: 'recto_tokens_total',
    help: 'Tokens of requests to providers, by direction: input or output.',
    labelNames: ['provider', 'model', 'direction'],
    registers: [registry],
  })
  const cost = new Counter({
    name: 'recto_cost_usd_total',
    help: 'Cost of requests to providers at their end. What is settled later is not added.',
    labelNames: ['provider', 'model'],
    registers: [registry],
  })
  const cards = new Counter({
    name: 'recto_cards_total',
    help: 'Cards that models proposed, by the verdict of the gate.',
    labelNames: ['verdict'],
    registers: [registry],
  })
  const settled = new Counter({
    name: 'recto_calls_settled_total',
    help: 'Calls whose cost was settled after their end, by its source. Those with the result later are tried again.',
    labelNames: ['result'],
    registers: [registry],
  })
  const cached = new Counter({
    name: 'recto_generations_cached_total',
    help: 'Generations that were answered from the cache.',
    registers: [registry],
  })
  const alerts = new Counter({
    name: 'recto_budget_alerts_total',
    help: 'Budget alerts, by reason (spent: the threshold was reached) and threshold in percent.',
    labelNames: ['reason', 'threshold'],
    registers: [registry],
  })
  const webhookAttempts = new Counter({
    name: 'recto_webhook_attempts_total',
    help: 'Requests to webhooks of accounts, by result: succeeded, or why not.',
    labelNames: ['result'],
    registers: [registry],
  })
  const webhookSeconds = new Histogram({
    name: 'recto_webhook_attempt_duration_seconds',
    help: 'Time from the start of a request to a webhook to its answer or failure.',
    labelNames: ['result'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const webhooksDisabled = new Counter({
    name: 'recto_webhooks_disabled_total',
    help: 'Webhooks that were disabled, by reason: gone (410), or failing (120 hours without a success).',
    labelNames: ['reason'],
    registers: [registry],
  })
  return {
    registry,
    webhookAttempted: (result: 'succeeded' | FailureClass, latencyMs: number): void => {
      webhookAttempts.inc({ result })
      webhookSeconds.observe({ result }, latencyMs / 1000)
    },
    webhookDisabled: (reason: 'gone' | 'failing'): void => webhooksDisabled.inc({ reason }),
    alerted: ({ reason, threshold }: Pick<Alert, 'reason' | 'threshold'>): void => alerts.inc({ reason, threshold }),
    callEnded: ({ provider, model }: Route, { outcome, latencyMs, usage }: CallResult): void => {
      tokens.inc({ provider, model, direction: 'input' }, usage.tokensInput ?? 0)
      tokens.inc({ provider, model, direction: 'output' }, usage.tokensOutput ?? 0)
      cost.inc({ provider, model }, Number(usage.costUsd))
      calls.inc({ provider, model, outcome })
      if (latencyMs !== null) latency.observe({ provider, model }, latencyMs / 1000)
    },
    callSettled: (result: SettlementResult): void => settled.inc({ result }),
    jobEnded: (ended: Outcome, durationMs: number, waitMs: number | null): void => {
      jobs.inc({ outcome: ended.outcome, code: ended.code ?? '' })
      seconds.observe({ outcome: ended.outcome }, durationMs / 1000)
      if (waitMs !== null) waited.observe(Math.max(0, waitMs) / 1000)
      if (ended.cached) cached.inc()
      cards.inc({ verdict: 'kept' }, ended.results ?? 0)
      cards.inc({ verdict: 'dropped' }, ended.dropped ?? 0)
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>
