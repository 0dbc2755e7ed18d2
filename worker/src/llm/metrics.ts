import { Counter, Histogram, type Registry } from 'prom-client'
import type { CallResult } from './request.ts'
import type { Route } from './route.ts'

/** The metrics of requests to providers. */
export const addCallMetrics = (registry: Registry) => {
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
  const firstToken = new Histogram({
    name: 'recto_model_first_token_seconds',
    help: 'Time from the start of a request to a provider to the first part of its answer.',
    labelNames: ['provider', 'model'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40],
    registers: [registry],
  })
  const failover = new Histogram({
    name: 'recto_failover_seconds',
    help: 'Time from the end of a request that brought no answer until one to another route was sent.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
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
  const capped = new Counter({
    name: 'recto_costs_capped_total',
    help: 'Requests whose provider claimed a higher cost than is believed.',
    labelNames: ['provider', 'model'],
    registers: [registry],
  })
  return {
    failedOver: (ms: number): void => failover.observe(ms / 1000),
    callEnded: ({ provider, model }: Route, { outcome, latencyMs, firstTokenMs, usage }: CallResult): void => {
      tokens.inc({ provider, model, direction: 'input' }, usage.tokensInput ?? 0)
      tokens.inc({ provider, model, direction: 'output' }, usage.tokensOutput ?? 0)
      cost.inc({ provider, model }, Number(usage.costUsd))
      calls.inc({ provider, model, outcome })
      if (usage.costSource === 'capped') capped.inc({ provider, model })
      if (latencyMs !== null) latency.observe({ provider, model }, latencyMs / 1000)
      if (firstTokenMs !== null) firstToken.observe({ provider, model }, firstTokenMs / 1000)
    },
  }
}
