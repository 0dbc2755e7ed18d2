import { collectDefaultMetrics, Registry } from 'prom-client'

/** A registry of Prometheus metrics that has those of the process itself. */
export const createRegistry = (): Registry => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** Answers a scrape of Prometheus. */
export const answerMetrics = async (registry: Registry): Promise<Response> =>
  new Response(await registry.metrics(), { headers: { 'Content-Type': registry.contentType } })
