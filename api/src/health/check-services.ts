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

/** The state of all services. */
export type Health = { status: (typeof healthStatuses)[number]; services: Record<Name, CheckedService> }

export type ServiceChecks = {
  checkAll(): Promise<Health>
  /** Whether requests can be answered, so that this process should get some. Waits for no service that they do without. */
  isReady(): Promise<boolean>
}

/** As anybody may ask, what was found is reused for so many milliseconds. */
const remember = <Found>(check: () => Promise<Found>, reuseMs: (found: Found) => number): (() => Promise<Found>) => {
  let last: Promise<Found> | undefined
  const checkAnew = async (): Promise<Found> => {
    const found = await check()
    setTimeout(() => {
      last = undefined
    }, reuseMs(found)).unref()
    return found
  }
  return () => {
    last ??= checkAnew()
    return last
  }
}

/** Checks services at once, each within HEALTH_CHECK_MS. */
export const createServiceChecks = ({ checks, listening, stopping }: ServiceDeps): ServiceChecks => {
  const check = (name: Name): Promise<CheckedService> => checkWithin(checks[name], HEALTH_CHECK_MS)
  const isOk = ({ state }: CheckedService): boolean => state === 'ok'

  const checkNeeded = remember(
    async () => {
      const [db, queue, auth] = await Promise.all([check('db'), check('queue'), check('auth')])
      return { db, queue, auth }
    },
    // A good result is reused longer than a bad one, so that a process that recovers is noticed soon.
    (found) => (Object.values(found).every(isOk) ? HEALTH_CHECK_MS : HEALTH_CHECK_MS / 10),
  )
  const checkOthers = remember(
    async () => {
      const [rest, workers, providers] = await Promise.all([check('rest'), check('workers'), check('providers')])
      return { rest, workers, providers }
    },
    () => HEALTH_CHECK_MS,
  )

  return {
    checkAll: async () => {
      const [needed, others] = await Promise.all([checkNeeded(), checkOthers()])
      const services = { ...needed, ...others }
      // Without a queue nothing is taken, but everything can be read. Without workers or providers, what is taken waits.
      if (!isOk(needed.db) || !isOk(needed.auth)) return { status: 'unhealthy', services }
      const isWhole = Object.values(services).every(isOk) && listening() && !stopping.aborted
      return { status: isWhole ? 'healthy' : 'degraded', services }
    },
    isReady: async () => Object.values(await checkNeeded()).every(isOk) && !stopping.aborted,
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
