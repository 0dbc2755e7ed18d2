import { type Check, type ServiceState, stateWithin } from '@recto/shared/health-check'
import { answerMetrics } from '@recto/shared/metrics'
import { type Context, Hono } from 'hono'
import type { Registry } from 'prom-client'

export type HealthDeps = {
  checks: { db: Check; queue: Check }
  /** Whether some provider is not known to fail. */
  hasRoute(): boolean
  /** Whether notifications arrive; without them the worker finds jobs by polling, later. */
  listening(): boolean
  /** False from the moment that a shutdown begins. */
  accepting(): boolean
  /** How long the dispatcher has made no step, in milliseconds, and from when on it is stuck. */
  stalledMs(): number
  stuckMs: number
  registry: Registry
  checkMs: number
}

type Services = Record<'db' | 'queue' | 'providers', ServiceState>

/** The worker's HTTP endpoints for orchestrators and Prometheus, on a port of their own. */
export const createHealth = ({ checks, listening, accepting, registry, checkMs, ...deps }: HealthDeps) => {
  const checkServices = async (): Promise<Services> => {
    const [db, queue] = await Promise.all([stateWithin(checks.db, checkMs), stateWithin(checks.queue, checkMs)])
    return { db, queue, providers: deps.hasRoute() ? 'ok' : 'down' }
  }
  const isReady = ({ db, queue }: Services) => accepting() && db === 'ok' && queue === 'ok'
  const answerReady = async (c: Context) => (isReady(await checkServices()) ? c.text('ok') : c.text('not ready', 503))

  return new Hono()
    .get('/livez', (c) => (deps.stalledMs() < deps.stuckMs ? c.text('ok') : c.text('stuck', 503)))
    .get('/readyz', answerReady)
    .get('/up', answerReady)
    .get('/health', async (c) => {
      const services = await checkServices()
      if (!isReady(services)) return c.json({ status: 'unhealthy', services }, 503)
      // Without a provider, jobs wait for one to recover.
      const isWhole = listening() && services.providers === 'ok'
      return c.json({ status: isWhole ? 'healthy' : 'degraded', services })
    })
    .get('/metrics', () => answerMetrics(registry))
}
