import type { Service } from './system.ts'

/** What a process says at /metrics of one series, such as `recto_worker_running` or `recto_route_state{provider="a",model="b"}`; undefined when it has none. */
export const metric = async ({ url }: Pick<Service, 'url'>, series: string): Promise<number | undefined> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
