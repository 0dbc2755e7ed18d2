import { type Check, stateWithin } from '@recto/shared/health-check'
import { answerMetrics } from '@recto/shared/metrics'
import { Hono } from 'hono'
import type { Registry } from 'prom-client'

export type HealthDeps = {
  checks: { db: Check; queue: Check }
  /** Whether notifications arrive; without them the worker finds jobs by polling, later. */
  listening(): boolean
  /** False from the moment that a shutdown begins. */
  accepting(): boolean
  registry: Registry
  checkMs: number
}

/** The worker's HTTP endpoints for orchestrators and Prometheus, on a port of their own. */
export const createHealth = ({ checks, listening, accepting, registry, checkMs }: HealthDeps) => {
  const checkServices = async () => {
    const [db, queue] = await Promise.all([stateWithin(checks.db, checkMs), stateWithin(checks.queue, checkMs)])
    return { db, queue }
  }
  const ready = (services: { db: string; queue: string }) =>
    accepting() && services.db === 'ok' && services.queue === 'ok'

  return new Hono()
    .get('/livez', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      const services = await checkServices()
      return ready(services) ? c.text('ok') : c.text('not ready', 503)
    })
    .get('/health', async (c) => {
      const services = await checkServices()
      if (!ready(services)) return c.json({ status: 'unhealthy', services }, 503)
      return c.json({ status: listening() ? 'healthy' : 'degraded', services })
    })
    .get('/metrics', () => answerMetrics(registry))
}
