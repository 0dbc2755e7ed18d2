import type { Service } from './system.ts'

/**
 * The value of a series at /metrics of a process, or undefined. A series has its labels, such as
 * `recto_route_state{provider="a",model="b"}`.
 */
export const metric = async ({ url }: Pick<Service, 'url'>, series: string): Promise<number | undefined> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
