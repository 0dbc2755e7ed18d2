import { type Context, Hono } from 'hono'
import { POOL_STUCK_MS } from '../deadlines.ts'
import { type ServiceChecks, statesOf } from './check-services.ts'

export type HealthDeps = {
  services: ServiceChecks
  /** How long all connections for writes have been lent and none came back, in milliseconds. */
  stalledMs(): number
}

const uncached = { 'Cache-Control': 'no-store' }

/** Health endpoints for orchestrators. Anybody may call them, so they say no more than ok or down. */
export const createHealth = ({ services, stalledMs }: HealthDeps) => {
  const answerReady = async (c: Context) =>
    (await services.isReady())
      ? c.json({ status: 'ready' }, 200, uncached)
      : c.json({ status: 'not ready' }, 503, uncached)

  return new Hono()
    .get('/livez', (c) =>
      stalledMs() < POOL_STUCK_MS
        ? c.json({ status: 'ok' }, 200, uncached)
        : c.json({ status: 'stuck' }, 503, uncached),
    )
    .get('/readyz', answerReady)
    .get('/up', answerReady)
    .get('/health', async (c) => {
      const health = await services.checkAll()
      const { status } = health
      return c.json({ status, services: statesOf(health) }, status === 'unhealthy' ? 503 : 200, uncached)
    })
}
