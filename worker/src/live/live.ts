import { setImmediate } from 'node:timers/promises'
import { createSemaphore } from '@recto/shared/semaphore'
import { LIVE_EVENTS_MS, LIVE_PROGRESS_MS, WATCHED_MS } from '../deadlines.ts'
import type { WorkStream } from '../kinds/kind.ts'
import { createLiveRun, type LiveRun, type LiveRunDeps } from './live-run.ts'
import { createOutbox, type OutboxDeps } from './outbox.ts'
import { createWatchedIds } from './watched-ids.ts'

export type LiveDeps = Pick<OutboxDeps, 'notify' | 'now'> & {
  onError(error: unknown, id: string): void
}

/** A run whose kind shows parts of its answer. */
export type Followed = Pick<LiveRunDeps, 'id' | 'attempt' | 'request' | 'restore' | 'signal'> & { stream: WorkStream }

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
