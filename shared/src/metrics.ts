import type pg from 'pg'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { stateWithin } from './health-check.ts'

/** What is read of a pool of connections to the database. */
export type MeasuredPool = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'> & {
  options: Pick<pg.PoolOptions, 'max' | 'application_name'>
}

/** What asks a database whether it can be reached, by the application name of a pool. */
export type AskedPool = { query(text: string): Promise<unknown>; options: Pick<pg.PoolOptions, 'application_name'> }

const addReachable = (registry: Registry, databases: readonly AskedPool[], answerMs: number): void => {
  const checks = databases.map((pool) => {
    let asking: Promise<unknown> | undefined
    // A statement without an answer keeps a connection for longer than until the next scrape.
    const ask = () => {
      asking ??= pool.query('select 1').finally(() => {
        asking = undefined
      })
      return asking
    }
    return { name: pool.options.application_name ?? '', ask }
  })
  new Gauge({
    name: 'recto_db_reachable',
    help: 'Whether the database of a pool answers within a second: 1, or 0.',
    labelNames: ['pool'],
    registers: [registry],
    async collect() {
      const states = await Promise.all(checks.map(({ ask }) => stateWithin(ask, answerMs)))
      for (const [n, { name }] of checks.entries()) this.set({ pool: name }, states[n] === 'ok' ? 1 : 0)
    },
  })
}

const addPools = (registry: Registry, pools: ReadonlySet<MeasuredPool>): void => {
  const addGauge = (name: string, help: string, measure: (pool: MeasuredPool) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const pool of pools) this.set({ pool: pool.options.application_name ?? '' }, measure(pool))
      },
    })
  addGauge('recto_db_pool_size', 'The most connections of a pool to the database.', ({ options }) => options.max ?? 0)
  addGauge(
    'recto_db_pool_used',
    'Connections of a pool that are in use.',
    ({ totalCount, idleCount }) => totalCount - idleCount,
  )
  addGauge('recto_db_pool_waiting', 'Who waits for a connection of a pool.', ({ waitingCount }) => waitingCount)
}

export type RegistryDeps = {
  pools: readonly MeasuredPool[]
  /** A pool of each database, which a scrape asks for a sign of life and waits so long for. */
  databases: readonly AskedPool[]
  answerMs: number
}

/** A registry of Prometheus metrics that has those of the process itself, and of its pools by their application name. */
export const createRegistry = ({ pools, databases, answerMs }: RegistryDeps): Registry => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addPools(registry, new Set(pools))
  addReachable(registry, databases, answerMs)
  return registry
}

/** Answers a scrape of Prometheus. */
export const answerMetrics = async (registry: Registry): Promise<Response> =>
  new Response(await registry.metrics(), { headers: { 'Content-Type': registry.contentType } })
