import type { Route } from './route.ts'

/** A request that was sent. Milliseconds; `startedAt` by the steady clock. */
type SentRequest = { route: Route; startedAt: number; latencyMs: number }

/**
 * How long at least one request of a run was under way, and how long each failover took: from the end of a request that
 * brought no answer until one to another route was sent. Requests that ran side by side are none.
 */
export const timesOf = (requests: readonly SentRequest[]): { modelMs: number; failoversMs: number[] } => {
  const failoversMs: number[] = []
  let modelMs = 0
  let last: { route: Route; endedAt: number } | undefined
  for (const { route, startedAt, latencyMs } of requests.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const endedAt = startedAt + latencyMs
    if (last && startedAt >= last.endedAt && route !== last.route) failoversMs.push(startedAt - last.endedAt)
    modelMs += Math.max(0, endedAt - Math.max(startedAt, last?.endedAt ?? startedAt))
    if (!last || endedAt > last.endedAt) last = { route, endedAt }
  }
  return { modelMs, failoversMs }
}
