import { createMetrics as createApiMetrics } from '../../api/src/metrics.ts'
import { createMetrics as createWorkerMetrics } from '../../worker/src/metrics.ts'

/** A metric as /metrics has it. `process`: `API`, `worker` or `all`. `name` is without `_bucket`, `_sum` and `_count`. */
export type OwnMetric = { name: string; process: string; type: string; labels: string[] }

const pool = { totalCount: 0, idleCount: 0, waitingCount: 0, options: { max: 1 }, query: async () => undefined }

const registries = {
  API: createApiMetrics({
    queue: async () => [],
    moves: async () => ({ accounts: 0, age_seconds: 0 }),
    pools: [],
    databases: [],
  }).registry,
  worker: createWorkerMetrics({
    running: () => 0,
    slots: 1,
    healths: () => [],
    usableRoutes: () => [],
    now: () => 0,
    keys: () => [],
    pool,
  }).registry,
}

/** prom-client says a metric's type only in its text. */
const typesOf = async (text: Promise<string>): Promise<Map<string, string>> =>
  new Map([...(await text).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))

const metricsOf = async (process: keyof typeof registries): Promise<OwnMetric[]> => {
  const registry = registries[process]
  const types = await typesOf(registry.metrics())
  return registry.getMetricsAsArray().map((metric) => {
    const labels = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : []
    return { name: metric.name, process, type: types.get(metric.name) ?? '', labels }
  })
}

const [api, worker] = await Promise.all([metricsOf('API'), metricsOf('worker')])
const isIn = (metrics: OwnMetric[], name: string) => metrics.some((metric) => metric.name === name)

/** Every metric of both processes, those of prom-client too. */
export const allMetrics: OwnMetric[] = [
  ...api.map((metric) => (isIn(worker, metric.name) ? { ...metric, process: 'all' } : metric)),
  ...worker.filter(({ name }) => !isIn(api, name)),
]

/** The metrics of Recto. */
export const ownMetrics: OwnMetric[] = allMetrics.filter(({ name }) => name.startsWith('recto_'))
