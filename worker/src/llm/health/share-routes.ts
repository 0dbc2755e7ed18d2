import { createBatcher } from '@recto/shared/batcher'
import { type Route, routeKey } from '../route.ts'
import type { RoutePool } from '../route-pool.ts'
import { isAboutKeys, type RouteHealth } from './route-health.ts'
import type { RoutesStore } from './store.ts'

export type ShareDeps = {
  store: RoutesStore
  routePool: Pick<RoutePool, 'usable' | 'adopt' | 'learnFirstTokens'>
  /** Notifies the other workers that the health of a route has changed. */
  notify(): void
  /** Milliseconds of the steady clock. */
  now(): number
  /** Milliseconds between two refreshes, in case a notification is lost. */
  everyMs: number
  onError(error: unknown): void
}

/**
 * Shares route health between workers: publishes each change found here at once, and adopts what other workers
 * published.
 */
export const shareRoutes = ({ store, routePool, notify, now, everyMs, onError }: ShareDeps) => {
  let timer: NodeJS.Timeout | undefined

  /** Publishes one change after the other, so that of two changes of a route the later one is written last. */
  const changes = createBatcher<string, { route: Route; health: RouteHealth }>(
    async (batch) => {
      for (const { route, health } of batch.values()) await store.publish(route, health).catch(onError)
      notify()
    },
    { max: 1 },
  )

  const refresh = async (): Promise<void> => {
    for (const row of await store.announce(routePool.usable())) {
      // Each worker has its own keys, so a rest that another worker's keys caused is not adopted.
      if (isAboutKeys(row)) continue
      const { state, reason, openings, restMs, ageMs } = row
      routePool.adopt(row, { state, reason, openings, until: now() + restMs, at: now() - ageMs })
    }
  }
  /** A worker that starts during an outage would otherwise wait for a silent route as for one that nobody knows. */
  const learn = async (): Promise<void> => {
    for (const { measured, ...route } of await store.firstTokens()) routePool.learnFirstTokens(route, measured)
  }
  const refreshSafely = () => void refresh().catch(onError)

  return {
    /** Publishes a change. If several changes of one route wait, only the last is published. */
    changed: (route: Route, health: RouteHealth): void => changes.add(routeKey(route), { route, health }),
    /** Adopts what other workers have published, in the background. */
    refresh: refreshSafely,
    /** Starts the refresh timer. Resolves when it is known what other workers found, or could not be learned. */
    start: async (): Promise<void> => {
      await Promise.all([refresh().catch(onError), learn().catch(onError)])
      timer = setInterval(refreshSafely, everyMs)
    },
    stop: (): void => clearInterval(timer),
  }
}
