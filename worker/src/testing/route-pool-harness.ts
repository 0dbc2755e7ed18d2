import type { Attempt } from '../llm/attempt.ts'
import type { FailureClass } from '../llm/errors/failure.ts'
import { callFailure } from '../llm/interpret.ts'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import type { Route } from '../llm/route.ts'
import { createRoutePool } from '../llm/route-pool.ts'
import { createClient } from '../llm/wire/client.ts'
import { exampleRoute } from './example-route.ts'

/**
 * The outcome of a request: `ok`, a failure class, a failure class with the provider's wait in milliseconds, or the same
 * of a quota that the key alone has.
 */
export type Outcome = 'ok' | FailureClass | [FailureClass, number] | [FailureClass, number, 'of key']

const withoutResponse: FailureClass[] = ['network', 'aborted']

/** An attempt for tests with this outcome; its other fields have neutral values. */
export const attemptOf = (route: Route, outcome: Outcome, startedAt: number, latencyMs: number): Attempt<string> => {
  const [result, retryAfterMs, scope] = Array.isArray(outcome) ? outcome : [outcome, null]
  const ofKey = scope === 'of key' ? { ofKey: true as const } : {}
  return {
    route,
    outcome:
      result === 'ok' ? { ok: true, value: '', truncated: false } : { ...callFailure(result), retryAfterMs, ...ofKey },
    httpStatus: result !== 'ok' && withoutResponse.includes(result) ? null : 200,
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

/**
 * A route pool with a clock that only the test moves: provider `a` has two routes (`a`, `other`) and two keys, provider
 * `b` has one route and one key. `changes` holds every change that the pool announced, as `provider/model state
 * reason`.
 */
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
  const changes: string[] = []
  const pool = createRoutePool({
    routes: Object.values(routes),
    providers: { a: { client, keys: rings.a }, b: { client, keys: rings.b } },
    now,
    random: () => 0,
    onChange: (route, health) => changes.push(`${route.provider}/${route.model} ${health.state} ${health.reason}`),
  })
  const lease = (route: Route) => {
    const acquired = pool.acquire(route)
    if (!acquired.ok) throw new Error(`refused until ${acquired.until}`)
    return acquired.lease
  }
  /** Acquires a lease and releases it with this outcome (null: nothing was sent). Returns the key of the lease. */
  const send = (route: Route, outcome: Outcome | null, latencyMs = 100): string => {
    const sent = lease(route)
    pool.release(sent, outcome === null ? null : attemptOf(route, outcome, clock.ms, latencyMs))
    return sent.key.reveal()
  }
  const stateOf = (route: Route) => pool.healths().find((entry) => entry.route === route)?.health.state
  /** Opens the breaker of a route by consecutive failures. */
  const openBreaker = (route: Route): void => {
    clock.ms++
    while (stateOf(route) === 'closed') send(route, 'upstream_error')
  }
  /** Milliseconds until a route is free; 0 when it is free now. */
  const waitOf = (route: Route): number => {
    const acquired = pool.acquire(route)
    if (acquired.ok) pool.release(acquired.lease, null)
    return acquired.ok ? 0 : acquired.until - clock.ms
  }
  return { clock, routes, rings, pool, changes, lease, send, stateOf, openBreaker, waitOf }
}
