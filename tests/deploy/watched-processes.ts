import { freePort } from '@recto/local/ports'
import { until } from '@recto/local/until'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { startInSteps } from '../support/start-in-steps.ts'
import type { System } from '../support/system.ts'
import { startPrometheus } from './prometheus.ts'

/** Two providers of one model, with prices of a day. */
const providersOf = ({ model }: System, pricedOn: Date) => {
  const provider = { base_url: model.url }
  const price = {
    input_per_million: '0.1',
    output_per_million: '0.1',
    currency: 'USD' as const,
    as_of: pricedOn.toISOString().slice(0, 10),
  }
  return catalogOf({
    providers: { first: provider, second: provider },
    models: { model: ['first', 'second'] },
    prices: { first: price, second: price },
  })
}

export type Start = {
  apis?: number
  pricedOn?: Date
  api?: Record<string, string>
  worker?: Record<string, string>
  /** Instead of `worker`. */
  workers?: Record<string, string>[]
}

/**
 * Starts APIs, a worker or several and a Prometheus in which a minute of the rules takes a second, and waits until it has
 * seen them.
 */
export const startWatchedProcesses = (
  system: System,
  { apis: count = 1, pricedOn = new Date(), api = {}, worker: env = {}, workers: envs = [env] }: Start,
) =>
  startInSteps(async (onStop) => {
    const names = catalogEnv(system, providersOf(system, pricedOn))
    const metricsPorts = await Promise.all(Array.from({ length: count }, freePort))
    const startApi = async (port: number) => {
      const started = await system.startApi({
        RECTO_MODELS: names.RECTO_MODELS ?? '',
        METRICS_PORT: String(port),
        ...api,
      })
      onStop(started.stop)
      return started
    }
    const apis = await Promise.all(metricsPorts.map(startApi))
    const startWorker = async (env: Record<string, string>) => {
      const started = await system.startWorker({ ...names, ...env })
      onStop(started.stop)
      return started
    }
    const workers = await Promise.all(envs.map(startWorker))
    const hosts = workers.map(({ url }) => new URL(url).host)
    const targets = { apis: metricsPorts.map((port) => `127.0.0.1:${port}`), workers: hosts }
    const prometheus = await startPrometheus(targets, { hurry: true })
    onStop(prometheus.stop)
    const instances = [...targets.apis, ...targets.workers].join('|')
    const up = `up{instance=~"${instances}"} == 1`
    const scraped = async () => (await prometheus.resultOf(up)).length === apis.length + workers.length
    await until(scraped, { what: 'the first scrapes', timeoutMs: 60_000 })
    const [[first], [worker]] = [apis, workers]
    if (!(first && worker)) throw new RangeError('no API, or no worker')
    const person = await system.person(first)
    return { api: first, apis, worker, person, prometheus }
  })
