import { until } from '@recto/local/until'
import { type Firing, startPrometheus } from '../deploy/prometheus.ts'
import type { Cluster, Place } from './cluster.ts'
import { createLink } from './link.ts'

export type Monitoring = { firings(): Promise<Firing[]>; stop(): Promise<void> }

/**
 * Has a Prometheus scrape all processes, by rules in which a minute takes a second. Each place has one address,
 * whichever process runs there: Prometheus learns of other addresses seconds late, which would be minutes here.
 */
export const startMonitoring = async ({ apis, workers }: Cluster): Promise<Monitoring> => {
  const linkTo = (place: Place) =>
    createLink({
      host: '127.0.0.1',
      // It is read at each connection.
      get port() {
        return place.service().metricsPort
      },
    })
  const [toApis, toWorkers] = await Promise.all([apis, workers].map((places) => Promise.all(places.map(linkTo))))
  const addresses = (links: typeof toApis = []) => links.map(({ port }) => `127.0.0.1:${port}`)
  const prometheus = await startPrometheus({ apis: addresses(toApis), workers: addresses(toWorkers) }, { hurry: true })
  const isWatching = async () =>
    (await prometheus.resultOf('up == 1')).length === apis.length + workers.length &&
    (await prometheus.alerts()).length === 0
  await until(isWatching, { what: 'the first scrapes', timeoutMs: 60_000 })
  const start = Date.now() / 1000
  return {
    firings: () => prometheus.firingsSince(start),
    stop: async () => {
      await prometheus.stop()
      for (const link of [...(toApis ?? []), ...(toWorkers ?? [])]) link.stop()
    },
  }
}
