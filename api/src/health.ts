import { type Check, type ServiceState, stateWithin } from '@recto/shared/health-check'
import { Hono } from 'hono'
import { HEALTH_CHECK_MS } from './deadlines.ts'

export type HealthDeps = {
  checks: Record<'db' | 'queue' | 'auth' | 'workers', Check>
  /** Whether notifications arrive; without them a waiting request is answered late. */
  listening(): boolean
  stopping: AbortSignal
}

const uncached = { 'Cache-Control': 'no-store' }

const stateOf = (check: Check) => stateWithin(check, HEALTH_CHECK_MS)

/**
 * Health endpoints for orchestrators and operators. Anybody may call them, so an answer is reused for a while and says
 * no more than ok or down.
 */
export const createHealth = ({ checks, listening, stopping }: HealthDeps) => {
  let last: Promise<Record<keyof HealthDeps['checks'], ServiceState>> | undefined

  const forget = () => {
    last = undefined
  }
  const checkServices = () => {
    if (last) return last
    const checking = Promise.all([
      stateOf(checks.db),
      stateOf(checks.queue),
      stateOf(checks.auth),
      stateOf(checks.workers),
    ])
    last = checking.then(([db, queue, auth, workers]) => {
      // A good result is reused longer than a bad one, so that a process that recovers is noticed soon.
      const up = db === 'ok' && queue === 'ok' && auth === 'ok'
      setTimeout(forget, up ? HEALTH_CHECK_MS : HEALTH_CHECK_MS / 10).unref()
      return { db, queue, auth, workers }
    })
    return last
  }

  return new Hono()
    .get('/livez', (c) => c.json({ status: 'ok' }, 200, uncached))
    .get('/readyz', async (c) => {
      const { db, queue, auth } = await checkServices()
      const ready = !stopping.aborted && db === 'ok' && queue === 'ok' && auth === 'ok'
      return ready ? c.json({ status: 'ready' }, 200, uncached) : c.json({ status: 'not ready' }, 503, uncached)
    })
    .get('/health', async (c) => {
      const services = await checkServices()
      if (services.db === 'down' || services.auth === 'down')
        return c.json({ status: 'unhealthy', services }, 503, uncached)
      // Without a worker, submissions are taken and wait.
      const whole = services.queue === 'ok' && services.workers === 'ok' && listening() && !stopping.aborted
      return c.json({ status: whole ? 'healthy' : 'degraded', services }, 200, uncached)
    })
}
