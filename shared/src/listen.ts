import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export type Listener = { stop(): Promise<void>; connected(): boolean }

type ListenOptions = {
  /** A session connection: a transaction pooler forgets LISTEN. */
  url: string
  name: string
  channels: readonly string[]
  onMessage(channel: string, payload: string): void
  /** After each (re)connection: what was notified meanwhile is lost, so look for yourself. */
  onConnect(): void
  reconnectMs: number
  /** How often the connection is tried, so that one that died without a word is noticed. */
  checkMs: number
}

/** Holds one connection that listens, and another one whenever that breaks, until it is stopped. */
export const listen = (options: ListenOptions): Listener => {
  const stopped = new AbortController()
  let connected = false

  const connectAndListen = async () => {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.name,
      keepAlive: true,
      connectionTimeoutMillis: options.checkMs,
      query_timeout: options.checkMs,
    })
    const over = new AbortController()
    client.on('error', () => over.abort())
    client.on('end', () => over.abort())
    client.on('notification', ({ channel, payload }) => options.onMessage(channel, payload ?? ''))
    try {
      await client.connect()
      await client.query(options.channels.map((channel) => `listen ${channel}`).join(';'))
      connected = true
      options.onConnect()
      const signal = AbortSignal.any([stopped.signal, over.signal])
      while (!signal.aborted) {
        await delay(options.checkMs, undefined, { signal }).catch(() => undefined)
        if (!signal.aborted) await client.query('select 1')
      }
    } finally {
      connected = false
      await client.end().catch(() => undefined)
    }
  }

  const run = async () => {
    while (!stopped.signal.aborted) {
      await connectAndListen().catch(() => undefined)
      await delay(options.reconnectMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    connected: () => connected,
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}
