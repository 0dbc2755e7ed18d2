import { type Check, type CheckedService, checkWithin, type ServiceState } from '@recto/shared/health-check'
import { HEALTH_CHECK_MS } from '../deadlines.ts'

/** What the API, or those who use it, cannot do without. */
export const serviceNames = ['db', 'queue', 'auth', 'rest', 'workers', 'providers'] as const
type Name = (typeof serviceNames)[number]

export type ServiceDeps = {
  checks: Record<Name, Check>
  /** Whether notifications arrive; without them a waiting request is answered late. */
  listening(): boolean
  stopping: AbortSignal
}

export const healthStatuses = ['healthy', 'degraded', 'unhealthy'] as const

/** The state of all services. `ready`: requests can be answered, so this process should get some. */
export type Health = {
  status: (typeof healthStatuses)[number]
  ready: boolean
  services: Record<Name, CheckedService>
}

export type CheckServices = () => Promise<Health>

/** Checks all services at once, within HEALTH_CHECK_MS. As anybody may ask, an answer is reused for a while. */
export const createCheckServices = ({ checks, listening, stopping }: ServiceDeps): CheckServices => {
  let last: Promise<Health['services']> | undefined
  const forget = () => {
    last = undefined
  }

  const checkAll = async (): Promise<Health['services']> => {
    const [db, queue, auth, rest, workers, providers] = await Promise.all([
      checkWithin(checks.db, HEALTH_CHECK_MS),
      checkWithin(checks.queue, HEALTH_CHECK_MS),
      checkWithin(checks.auth, HEALTH_CHECK_MS),
      checkWithin(checks.rest, HEALTH_CHECK_MS),
      checkWithin(checks.workers, HEALTH_CHECK_MS),
      checkWithin(checks.providers, HEALTH_CHECK_MS),
    ])
    // A good result is reused longer than a bad one, so that a process that recovers is noticed soon.
    const isUp = [db, queue, auth].every(({ state }) => state === 'ok')
    setTimeout(forget, isUp ? HEALTH_CHECK_MS : HEALTH_CHECK_MS / 10).unref()
    return { db, queue, auth, rest, workers, providers }
  }

  return async () => {
    last ??= checkAll()
    const services = await last
    const isOk = (name: Name) => services[name].state === 'ok'
    const ready = !stopping.aborted && isOk('db') && isOk('queue') && isOk('auth')
    // Without a queue nothing is taken, but everything can be read. Without workers or providers, what is taken waits.
    if (!isOk('db') || !isOk('auth')) return { status: 'unhealthy', ready, services }
    const isWhole = serviceNames.every(isOk) && listening() && !stopping.aborted
    return { status: isWhole ? 'healthy' : 'degraded', ready, services }
  }
}

/** What everybody may know of the services. */
export const statesOf = ({ services }: Health): Record<Name, ServiceState> => ({
  db: services.db.state,
  queue: services.queue.state,
  auth: services.auth.state,
  rest: services.rest.state,
  workers: services.workers.state,
  providers: services.providers.state,
})
