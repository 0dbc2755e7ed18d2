import type pg from 'pg'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What is read of a pool of connections to the database. */
export type MeasuredPool = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'> & {
  options: Pick<pg.PoolOptions, 'max' | 'application_name'>
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

/** A registry of Prometheus metrics that has those of the process itself, and of its pools by their application name. */
export const createRegistry = (pools: readonly MeasuredPool[]): Registry => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addPools(registry, new Set(pools))
  return registry
}

/** Answers a scrape of Prometheus. */
export const answerMetrics = async (registry: Registry): Promise<Response> =>
  new Response(await registry.metrics(), { headers: { 'Content-Type': registry.contentType } })
