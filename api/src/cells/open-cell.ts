import { listen } from '@recto/shared/listen'
import { exitWith } from '@recto/shared/or-exit'
import { channels } from '@recto/shared/queue'
import { requireSession } from '@recto/shared/sessions'
import { type ApiDeps, buildApi } from '../build-api.ts'
import { createStalledMs } from '../db/stalled-pool.ts'
import { LISTEN_CHECK_MS, RECONNECT_MS, STREAM_TICK_MS, UNNOTICED_MS, WAIT_MAX_MS } from '../deadlines.ts'
import { readQueueState } from '../queue-state.ts'
import type { CellAddress } from './addresses.ts'
import { connect } from './connect.ts'

type CellDeps = Pick<
  ApiDeps,
  'env' | 'catalog' | 'readHomeAs' | 'consoleFolder' | 'remoteAddress' | 'stopping' | 'log' | 'onError'
> & { address: CellAddress; writers: number }

/**
 * Opens the connection pools of a cell. `build` then makes its API, and listens to the notifications of its database. These
 * are two steps, because the metrics that an API writes to read the pools of all cells.
 */
export const openCell = ({ address, writers, ...deps }: CellDeps) => {
  const { env, stopping, onError } = deps
  const { cell, url, variables } = address
  const { connections, pools, closeReads, close } = connect({ cell, url, prepare: env.PREPARE, writers, onError })
  const pool = connections.writes
  /** Without a session there is nothing to listen with, and what changes is found by reading. */
  const listenUrl = address.listenUrl ?? (env.PREPARE ? url : undefined)

  const build = (metrics: ApiDeps['metrics']) => {
    const api = buildApi({
      ...deps,
      connections,
      metrics,
      unnoticedMs: listenUrl === undefined ? UNNOTICED_MS : Number.POSITIVE_INFINITY,
      longestWaitMs: WAIT_MAX_MS,
      shortStreams: listenUrl === undefined,
      stalledMs: createStalledMs(connections.writes, () => performance.now()),
      // Nothing is missing where nothing is notified.
      listening: () => listener?.connected() ?? true,
    })
    const { subscriptions, streams } = api
    const listenAt = (at: string) =>
      listen({
        url: at,
        name: 'recto_api_listen',
        channels: [channels.status, channels.cancel, channels.live],
        onMessage: (channel, payload) => {
          if (channel === channels.live) return streams.live(payload)
          const ids = payload.split(',')
          subscriptions.changed(ids)
          streams.changed(ids)
        },
        onConnect: () => {
          subscriptions.changedAll()
          streams.changedAll()
        },
        reconnectMs: RECONNECT_MS,
        checkMs: LISTEN_CHECK_MS,
      })
    const listener = listenUrl === undefined ? undefined : listenAt(listenUrl)
    setInterval(() => void streams.tick(), STREAM_TICK_MS).unref()

    return {
      name: cell,
      pool,
      fetch: api.app.fetch,
      verify: api.verify,
      /**
       * Resolves when the queue can be used. Ends the process, and says what to set, when an address keeps no session
       * but has to.
       */
      start: async (): Promise<void> => {
        const session = { reconnectMs: RECONNECT_MS, signal: stopping, onError }
        const required = { ...session, url: address.listenUrl ?? '', variable: variables.listenUrl }
        if (address.listenUrl !== undefined) void requireSession(required).catch(exitWith)
        if (env.PREPARE) await requireSession({ ...session, url, variable: variables.url }).catch(exitWith)
        await api.start()
      },
      stop: async (): Promise<void> => {
        await Promise.all([listener?.stop(), api.stop(), closeReads()])
        await close()
      },
    }
  }
  return { pool, pools, readAs: connections.readAs, readQueue: () => readQueueState(pool), build }
}
