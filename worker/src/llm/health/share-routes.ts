import { createBatcher } from '@recto/shared/batcher'
import { type Route, routeKey } from '../route.ts'
import type { RoutePool } from '../route-pool.ts'
import { isOfKeys, type RouteHealth } from './route-health.ts'
import type { RoutesStore } from './store.ts'

export type ShareDeps = {
  store: RoutesStore
  routePool: Pick<RoutePool, 'usable' | 'adopt'>
  /** Tells the other workers that there is news. */
  notify(): void
  now(): number
  everyMs: number
  onError(error: unknown): void
}

/** Shares the health of routes with the other workers: what changes here is told at once, what they tell is taken over. */
export const shareRoutes = ({ store, routePool, notify, now, everyMs, onError }: ShareDeps) => {
  let timer: NodeJS.Timeout | undefined

  /** One at a time, so that of two changes of a route the later one is published last. */
  const changes = createBatcher<string, { route: Route; health: RouteHealth }>(
    async (batch) => {
      for (const { route, health } of batch.values()) await store.publish(route, health).catch(onError)
      notify()
    },
    { max: 1 },
  )

  const refresh = async (): Promise<void> => {
    for (const row of await store.announce(routePool.usable())) {
      // Another worker's keys are none of this one's business: only what is true of the route itself is taken over.
      if (isOfKeys(row)) continue
      const { state, reason, openings, restMs, ageMs } = row
      routePool.adopt(row, { state, reason, openings, until: now() + restMs, at: now() - ageMs })
    }
  }
  const refreshSafely = () => void refresh().catch(onError)

  return {
    changed: (route: Route, health: RouteHealth): void => changes.add(routeKey(route), { route, health }),
    refresh: refreshSafely,
    /** Resolves when it is known what others found before. */
    start: async (): Promise<void> => {
      await refresh().catch(onError)
      timer = setInterval(refreshSafely, everyMs)
    },
    stop: (): void => clearInterval(timer),
  }
}
