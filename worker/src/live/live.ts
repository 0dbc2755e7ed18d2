import { setImmediate } from 'node:timers/promises'
import { createSemaphore } from '@recto/shared/semaphore'
import { LIVE_EVENTS_MS, LIVE_PROGRESS_MS, WATCHED_MS } from '../deadlines.ts'
import { createItemReader, type ItemReaderDeps } from './item-reader.ts'
import { createLiveRun, type LiveRun, type LiveRunDeps } from './live-run.ts'
import { createOutbox, type OutboxDeps } from './outbox.ts'
import { createTextReader, type TextReaderDeps } from './text-reader.ts'
import { createWatchedIds } from './watched-ids.ts'

export type LiveDeps = Pick<OutboxDeps, 'notify' | 'now'> & {
  onError(error: unknown, id: string): void
}

/** A run whose kind shows items of its answer, or its text. */
export type Followed = Pick<LiveRunDeps, 'id' | 'attempt' | 'signal'> & (Omit<ItemReaderDeps, 'turn'> | TextReaderDeps)

/** The runs of this process, and who watches them. */
export const createLive = ({ notify, now, onError }: LiveDeps) => {
  const watched = createWatchedIds(now, WATCHED_MS)
  const outbox = createOutbox({ notify, now, eventsMs: LIVE_EVENTS_MS, progressMs: LIVE_PROGRESS_MS })
  const runs = new Map<string, LiveRun>()
  // One element of all runs is judged in each turn of the event loop.
  const turns = createSemaphore({ places: 1 })
  const turn = () => turns.run(() => setImmediate())

  return {
    /** Somebody watches these generations: their ids, separated by commas. Those that run elsewhere are remembered. */
    watch: (payload: string): void => {
      for (const id of watched.note(payload)) runs.get(id)?.watch(watched.until(id))
    },
    /** Follows a run until it is closed. */
    open: (followed: Followed): LiveRun => {
      const { id } = followed
      const run = createLiveRun({
        ...followed,
        outbox,
        openReader: () => ('stream' in followed ? createItemReader({ ...followed, turn }) : createTextReader(followed)),
        turn,
        now,
        watchedUntil: watched.until(id),
        onError: (error) => onError(error, id),
      })
      runs.set(id, run)
      return {
        ...run,
        close: () => {
          run.close()
          // The same generation may run here again, when this delivery of its job counts as dead.
          if (runs.get(id) === run) runs.delete(id)
        },
      }
    },
  }
}

export type Live = ReturnType<typeof createLive>
