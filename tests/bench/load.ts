import { fork } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'

export type Load = {
  port: number
  connections: number
  ms: number
  /** Complete HTTP/1.1 requests, sent in turn. */
  requests: string[]
  /** The expected status. */
  status: number
}

const Loaded = z.object({
  /** The latencies of responses with the expected status, in milliseconds. */
  latencies: z.array(z.number()),
  seconds: z.number(),
  /** The number of other responses, by status. */
  wrong: z.record(z.string(), z.int()),
})
export type Loaded = z.infer<typeof Loaded>

/** Starts a load generator in a process of its own, so that it shares no thread with the measured system. */
export const startLoad = () => {
  const child = fork(new URL('./load-process.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const run = async (load: Load): Promise<Loaded> => {
    child.send(load)
    const ended = exited.then(() => Promise.reject(new Error('the load generator ended')))
    const [message] = await Promise.race([once(child, 'message'), ended])
    const loaded = Loaded.parse(message)
    if (Object.keys(loaded.wrong).length === 0) return loaded
    throw new Error(`other answers than ${load.status}: ${JSON.stringify(loaded.wrong)}`)
  }
  // Both functions throw when a response had another status, because a quick error must not count as speed.
  return {
    /** Responses per second. */
    rate: async (load: Load): Promise<number> => {
      const { latencies, seconds } = await run(load)
      return latencies.length / seconds
    },
    /** The latency of each response, in milliseconds. */
    latencies: async (load: Load): Promise<number[]> => (await run(load)).latencies,
    stop: async (): Promise<void> => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The text of an HTTP/1.1 request. */
export const httpRequest = (method: string, path: string, headers: Record<string, string>, body = ''): string => {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ host: '127.0.0.1', ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
