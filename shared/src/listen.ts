import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { libpqUrl } from './libpq-url.ts'

export type Listener = { stop(): Promise<void>; connected(): boolean }

type ListenOptions = {
  /** Must be a session connection, because a transaction pooler drops LISTEN. */
  url: string
  name: string
  channels: readonly string[]
  onMessage(channel: string, payload: string): void
  /** Runs after each (re)connection. Notifications from before it are lost. */
  onConnect(): void
  reconnectMs: number
  /** How often the connection is tested, in milliseconds, so that a dead one is noticed. */
  checkMs: number
}

/** Keeps one connection that listens until `stop`. A connection that breaks is replaced. */
export const listen = (options: ListenOptions): Listener => {
  const stopped = new AbortController()
  let connected = false

  const connectAndListen = async () => {
    const client = new pg.Client({
      connectionString: libpqUrl(options.url),
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
