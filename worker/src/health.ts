import { Hono } from 'hono'
import type { Registry } from 'prom-client'

/** Answers whether a part works; rejects or hangs when it does not. */
export type Check = () => Promise<unknown>

export type HealthDeps = {
  checks: { db: Check; queue: Check }
  /** Whether notifications arrive; without them the worker polls, which is slower but right. */
  listening(): boolean
  /** False from the moment that a shutdown begins. */
  accepting(): boolean
  registry: Registry
  checkMs: number
}

const within = async (check: Check, ms: number): Promise<'up' | 'down'> => {
  const { promise, resolve } = Promise.withResolvers<'down'>()
  const timer = setTimeout(() => resolve('down'), ms)
  try {
    return await Promise.race([
      check().then(
        () => 'up' as const,
        () => 'down' as const,
      ),
      promise,
    ])
  } finally {
    clearTimeout(timer)
  }
}

/** The worker's own small HTTP side, on a port of its own: for orchestrators and Prometheus, not for people. */
export const createHealth = ({ checks, listening, accepting, registry, checkMs }: HealthDeps) => {
  const checkServices = async () => {
    const [db, queue] = await Promise.all([within(checks.db, checkMs), within(checks.queue, checkMs)])
    return { db, queue }
  }
  const ready = (services: { db: string; queue: string }) =>
    accepting() && services.db === 'up' && services.queue === 'up'

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
    .get('/metrics', async (c) => c.text(await registry.metrics(), 200, { 'content-type': registry.contentType }))
}
