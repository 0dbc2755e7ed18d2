import { type AskedPool, createRegistry, type MeasuredPool } from '@recto/shared/metrics'
import { priceAgeDays } from '@recto/shared/price-age'
import { Counter, Gauge } from 'prom-client'
import type { Alert } from './alerts/alert.ts'
import type { SettlementResult } from './calls/settle.ts'
import { HEALTH_CHECK_MS } from './deadlines.ts'
import { addGenerationMetrics } from './generation/metrics.ts'
import type { RouteHealth } from './llm/health/route-health.ts'
import { addCallMetrics } from './llm/metrics.ts'
import type { Route } from './llm/route.ts'
import { addWebhookMetrics } from './webhooks/metrics.ts'

export type MetricsDeps = {
  running(): number
  slots: number
  healths(): { route: Route; health: RouteHealth }[]
  usableRoutes(): readonly Route[]
  /** Epoch milliseconds. */
  now(): number
  keys(): { provider: string; keys: number; resting: number; refused: number }[]
  pool: MeasuredPool & AskedPool
}

const stateNumber = { closed: 0, half_open: 1, open: 2 }

/** The worker's Prometheus metrics. Histograms allow quantiles over several workers. */
export const createMetrics = ({ running, slots, healths, usableRoutes, now, keys, pool }: MetricsDeps) => {
  const registry = createRegistry({ pools: [pool], databases: [pool], answerMs: HEALTH_CHECK_MS })
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
  const settled = new Counter({
    name: 'recto_calls_settled_total',
    help: 'Calls whose cost was settled after their end, by its source. Those with the result later are tried again.',
    labelNames: ['result'],
    registers: [registry],
  })
  const alerts = new Counter({
    name: 'recto_budget_alerts_total',
    help: 'Budget alerts, by reason (spent: the threshold was reached) and threshold in percent.',
    labelNames: ['reason', 'threshold'],
    registers: [registry],
  })
  return {
    registry,
    ...addCallMetrics(registry),
    ...addGenerationMetrics(registry),
    ...addWebhookMetrics(registry),
    alerted: ({ reason, threshold }: Pick<Alert, 'reason' | 'threshold'>): void => alerts.inc({ reason, threshold }),
    callSettled: (result: SettlementResult): void => settled.inc({ result }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
