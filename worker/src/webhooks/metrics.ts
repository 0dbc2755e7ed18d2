import { Counter, Histogram, type Registry } from 'prom-client'
import { type FailureClass, failureClasses } from './posted.ts'

/** The metrics of requests to webhooks of accounts. */
export const addWebhookMetrics = (registry: Registry) => {
  const webhookAttempts = new Counter({
    name: 'recto_webhook_attempts_total',
    help: 'Requests to webhooks of accounts, by result: succeeded, or why not.',
    labelNames: ['result'],
    registers: [registry],
  })
  // A counter that begins with its first event hides it from `increase`, and a share of what is not there is nothing.
  for (const result of ['succeeded', ...failureClasses]) webhookAttempts.inc({ result }, 0)
  const webhookSeconds = new Histogram({
    name: 'recto_webhook_attempt_duration_seconds',
    help: 'Time from the start of a request to a webhook to its answer or failure.',
    labelNames: ['result'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const deliveries = new Counter({
    name: 'recto_webhook_deliveries_total',
    help: 'Deliveries to webhooks that are over, by result: succeeded, or failed (given up).',
    labelNames: ['result'],
    registers: [registry],
  })
  const webhooksDisabled = new Counter({
    name: 'recto_webhooks_disabled_total',
    help: 'Webhooks that were disabled, by reason: gone (410), or failing (120 hours without a success).',
    labelNames: ['reason'],
    registers: [registry],
  })
  return {
    webhookAttempted: (result: 'succeeded' | FailureClass, latencyMs: number, over: boolean): void => {
      if (over) deliveries.inc({ result: result === 'succeeded' ? result : 'failed' })
      webhookAttempts.inc({ result })
      webhookSeconds.observe({ result }, latencyMs / 1000)
    },
    webhookDisabled: (reason: 'gone' | 'failing'): void => webhooksDisabled.inc({ reason }),
  }
}
