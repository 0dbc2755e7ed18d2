import { Hono } from 'hono'
import { HEALTH_CHECK_MS } from './deadlines.ts'

/** Rejects, or hangs, when a part does not work. */
export type Check = () => Promise<unknown>

export type HealthDeps = {
  checks: Record<'db' | 'queue' | 'auth', Check>
  /** Whether changes of status are heard of; without it a held answer comes late. */
  listening(): boolean
  stopping: AbortSignal
}

const uncached = { 'Cache-Control': 'no-store' }

const within = async (check: Check): Promise<'up' | 'down'> => {
  const { promise, resolve } = Promise.withResolvers<'down'>()
  const timer = setTimeout(() => resolve('down'), HEALTH_CHECK_MS)
  const checked = check().then(
    () => 'up' as const,
    () => 'down' as const,
  )
  return Promise.race([checked, promise]).finally(() => clearTimeout(timer))
}

/** For orchestrators and people who operate this: anybody may ask, so an answer is reused and says nothing but up or down. */
export const createHealth = ({ checks, listening, stopping }: HealthDeps) => {
  let last: Promise<Record<'db' | 'queue' | 'auth', 'up' | 'down'>> | undefined

  const forget = () => {
    last = undefined
  }
  const checkServices = () => {
    if (last) return last
    const looking = Promise.all([within(checks.db), within(checks.queue), within(checks.auth)])
    last = looking.then(([db, queue, auth]) => {
      // Good news keeps for longer than bad: a process that has just become able to work is not held back.
      const up = db === 'up' && queue === 'up' && auth === 'up'
      setTimeout(forget, up ? HEALTH_CHECK_MS : HEALTH_CHECK_MS / 10).unref()
      return { db, queue, auth }
    })
    return last
  }

  return new Hono()
    .get('/livez', (c) => c.json({ status: 'ok' }, 200, uncached))
    .get('/readyz', async (c) => {
      const { db, queue, auth } = await checkServices()
      const ready = !stopping.aborted && db === 'up' && queue === 'up' && auth === 'up'
      return ready ? c.json({ status: 'ready' }, 200, uncached) : c.json({ status: 'not ready' }, 503, uncached)
    })
    .get('/health', async (c) => {
      const services = await checkServices()
      if (services.db === 'down' || services.auth === 'down')
        return c.json({ status: 'unhealthy', services }, 503, uncached)
      const whole = services.queue === 'up' && listening() && !stopping.aborted
      return c.json({ status: whole ? 'healthy' : 'degraded', services }, 200, uncached)
    })
}
