import type { Attempt } from '../llm/attempt.ts'
import type { FailureClass } from '../llm/errors/failure.ts'
import { callFailure } from '../llm/interpret.ts'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import type { Route } from '../llm/route.ts'
import { createRoutePool } from '../llm/route-pool.ts'
import { createClient } from '../llm/wire/client.ts'
import { exampleRoute } from './example-route.ts'

/** What may come of a request: its class, and the wait that was told in milliseconds. */
export type Outcome = 'ok' | FailureClass | [FailureClass, number]

const unheard: FailureClass[] = ['network', 'aborted']

/** Tests only: an attempt that ended like this, whose facts are of no interest. */
export const attemptOf = (route: Route, outcome: Outcome, startedAt: number, latencyMs: number): Attempt<string> => {
  const [kind, retryAfterMs] = Array.isArray(outcome) ? outcome : [outcome, null]
  return {
    route,
    outcome: kind === 'ok' ? { ok: true, value: '', truncated: false } : { ...callFailure(kind), retryAfterMs },
    httpStatus: kind !== 'ok' && unheard.includes(kind) ? null : 200,
    providerRequestId: null,
    modelServed: null,
    usage: {
      tokensInput: null,
      tokensOutput: null,
      tokensReasoning: null,
      tokensCached: null,
      costUsd: '0',
      costSource: null,
    },
    startedAt,
    latencyMs,
    firstTokenMs: null,
    excerpt: null,
    recorded: Promise.resolve(),
  }
}

export const start = 1_000_000

/** Tests only: a switchboard over `a` (by default two routes of it, two keys) and `b`, whose clock stands unless it is moved. */
export const routePoolHarness = (keys: { a?: string[]; b?: string[] } = {}) => {
  const clock = { ms: start }
  const now = () => clock.ms
  const routes = {
    a: exampleRoute({ provider: 'a', model: 'one' }),
    other: exampleRoute({ provider: 'a', model: 'two' }),
    b: exampleRoute({ provider: 'b' }),
  }
  const rings = {
    a: createKeyRing(keys.a ?? ['sk-a-1', 'sk-a-2'], { now }),
    b: createKeyRing(keys.b ?? ['sk-b'], { now }),
  }
  const client = createClient({ baseURL: 'http://127.0.0.1:1/v1' })
  const told: string[] = []
  const board = createRoutePool({
    routes: Object.values(routes),
    providers: { a: { client, keys: rings.a }, b: { client, keys: rings.b } },
    now,
    random: () => 0,
    onChange: (route, health) => told.push(`${route.provider}/${route.model} ${health.state} ${health.reason}`),
  })
  const acquired = (route: Route) => {
    const lease = board.acquire(route)
    if (!lease.ok) throw new Error(`refused until ${lease.until}`)
    return lease.lease
  }
  /** Sends a request and settles it; answers the key that it took. */
  const send = (route: Route, outcome: Outcome | null, latencyMs = 100): string => {
    const lease = acquired(route)
    board.release(lease, outcome === null ? null : attemptOf(route, outcome, clock.ms, latencyMs))
    return lease.key.reveal()
  }
  const stateOf = (route: Route) => board.healths().find((one) => one.route === route)?.health.state
  /** Opens the breaker of a route by failures in a row. */
  const opened = (route: Route): void => {
    clock.ms++
    while (stateOf(route) === 'closed') send(route, 'upstream_error')
  }
  /** Milliseconds until a route is free, 0 when it is. The way that it gives is settled as unsent. */
  const waitOf = (route: Route): number => {
    const lease = board.acquire(route)
    if (lease.ok) board.release(lease.lease, null)
    return lease.ok ? 0 : lease.until - clock.ms
  }
  return { clock, routes, rings, board, told, acquired, send, stateOf, opened, waitOf, attemptOf }
}
