import { until } from '@recto/local/until'
import { type LiveEvent, LiveMessage } from '@recto/shared/live'
import { channels } from '@recto/shared/queue'
import pg from 'pg'

/** A message as it arrived: `at` is in milliseconds since 1970. */
type Arrived = LiveMessage & { at: number; bytes: number }

/** Listens as an API does, and watches generations. */
export const listenLive = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const messages: Arrived[] = []
  client.on('notification', ({ payload = '' }) => {
    const at = performance.timeOrigin + performance.now()
    messages.push({ ...LiveMessage.parse(JSON.parse(payload)), at, bytes: Buffer.byteLength(payload) })
  })
  await client.query(`listen ${channels.live}`)
  const of = (id: string) => messages.filter(({ generation_id }) => generation_id === id)
  const eventsOf = (id: string): LiveEvent[] => of(id).flatMap(({ events }) => events)
  return {
    watch: async (...ids: string[]): Promise<void> => {
      await client.query('select pg_notify($1, $2)', [channels.watch, ids.join(',')])
    },
    /** The messages about a generation, in order. */
    of,
    eventsOf,
    /** Waits until the events about a generation are so, and returns them. */
    when: async (id: string, what: string, isSo: (events: LiveEvent[]) => boolean): Promise<LiveEvent[]> => {
      await until(() => isSo(eventsOf(id)), { what, timeoutMs: 20_000, everyMs: 2 })
      return eventsOf(id)
    },
    stop: () => client.end(),
  }
}

/** The fronts of the items among these events. */
export const frontsOf = (events: readonly LiveEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'item' ? [event.value.front] : []))

/** The events that are no progress, by type. */
export const typesOf = (events: readonly LiveEvent[]): string[] =>
  events.flatMap(({ type }) => (type === 'progress' ? [] : [type]))
