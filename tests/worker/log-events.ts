import { until } from '@recto/local/until'
import type { Service } from '../support/system.ts'

const lineOf = (service: Service, id: string): string | undefined =>
  service
    .log()
    .split('\n')
    .find((line) => line.includes(id) && /"msg":"(job|request)"/.test(line))
/** The event of a request or a job about a generation. Processes write their events every 100 ms. */
export const eventOf = async (service: Service, id: string): Promise<Record<string, unknown>> => {
  await until(() => lineOf(service, id) !== undefined, { what: `the event of ${id}`, timeoutMs: 30_000 })
  return JSON.parse(lineOf(service, id) ?? '')
}
