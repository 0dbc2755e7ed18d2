import type { OpenAI } from 'openai'
import { CREDIT_REST_MS, KEY_REST_MS, QUOTA_REST_MS } from '../deadlines.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import { type BreakerSettings, createBreaker, type Signal, usualBreaker } from './breaker.ts'
import { handlingOf } from './errors/failure.ts'
import { createLatencies } from './health/latencies.ts'
import { isOfKeys, type RouteHealth } from './health/route-health.ts'
import type { CallFailure } from './interpret.ts'
import type { KeyRing } from './keys/key-ring.ts'
import { type Route, routeKey } from './route.ts'

export type RoutePoolDeps = {
  /** Those of the catalog; which of them can be used follows from the keys. */
  routes: readonly Route[]
  /** By name. */
  providers: Readonly<Record<string, { client: OpenAI; keys: KeyRing }>>
  /** Epoch milliseconds. */
  now(): number
  /** In [0, 1). */
  random(): number
  /** Told of every change found here, for the other workers. */
  onChange?(route: Route, health: RouteHealth): void
  settings?: BreakerSettings
}

/** A way on which a request may leave now; or when to ask again (epoch ms). */
export type Acquired = { ok: true; lease: Omit<RouteLease, 'hedge'> } | { ok: false; until: number }

/** What an outcome says of its route; null for nothing. `keysRestMs`: how long until one of the provider's keys is free. */
const signalOf = (failure: CallFailure | null, keysRestMs: number): Signal | null => {
  if (!failure) return 'success'
  const { breaker, key } = handlingOf(failure.class)
  if (breaker === 'counts') return 'failure'
  if (breaker === 'rests') return { rest: failure.retryAfterMs ?? QUOTA_REST_MS, reason: failure.class }
  return key && keysRestMs > 0 ? { rest: keysRestMs, reason: failure.class } : null
}

/** Knows of every route whether a request may take it: its breaker, its provider's keys, and how fast it was of late. */
export const createRoutePool = (deps: RoutePoolDeps) => {
  const { now, random, providers } = deps
  const latencies = createLatencies()
  const lines = new Map(
    deps.routes.map((route) => {
      const onChange = (health: RouteHealth) => deps.onChange?.(route, health)
      return [
        routeKey(route),
        { route, breaker: createBreaker(deps.settings ?? usualBreaker, { now, random, onChange }) },
      ]
    }),
  )
  const lineOf = (route: Route) => {
    const line = lines.get(routeKey(route))
    if (!line) throw new RangeError(`no such route: ${routeKey(route)}`)
    return line
  }

  /** A key that was refused rests; any other answer shows that the provider took it. */
  const settleKey = (keys: KeyRing, fingerprint: string, failure: CallFailure | null): void => {
    if (failure?.class === 'auth') keys.failed(fingerprint)
    else if (failure?.class === 'provider_credit_exhausted')
      keys.rest(fingerprint, Math.max(failure.retryAfterMs ?? CREDIT_REST_MS, KEY_REST_MS))
    else keys.worked(fingerprint)
  }

  return {
    /** Those that there is a key for, now or after a rest. */
    usable: (): Route[] => deps.routes.filter(({ provider }) => (providers[provider]?.keys.size() ?? 0) > 0),

    /** Every way that was given must be settled. */
    acquire: (route: Route): Acquired => {
      const provider = providers[route.provider]
      const freeAt = provider?.keys.freeAt() ?? Number.POSITIVE_INFINITY
      if (!provider || freeAt > now()) return { ok: false, until: freeAt }
      const { breaker } = lineOf(route)
      const permit = breaker.admit()
      if (permit.kind === 'refused') return { ok: false, until: permit.until }
      const key = provider.keys.next()
      if (key) return { ok: true, lease: { client: provider.client, key, route, probe: permit.kind === 'probe' } }
      if (permit.kind === 'probe') breaker.abandon()
      return { ok: false, until: now() }
    },

    /** What became of a way; null when nothing was sent on it. */
    release: <T>(
      { route, key, probe }: Pick<RouteLease, 'route' | 'key' | 'probe'>,
      attempt: Attempt<T> | null,
    ): void => {
      const { breaker } = lineOf(route)
      const keys = providers[route.provider]?.keys
      const failure = attempt?.outcome.ok === false ? attempt.outcome : null
      if (!attempt || !keys || failure?.class === 'aborted') {
        if (probe) breaker.abandon()
        return
      }
      // What never arrived says nothing of the key.
      if (attempt.httpStatus !== null) settleKey(keys, key.fingerprint, failure)
      if (!failure) latencies.add(routeKey(route), attempt.latencyMs)
      const signal = signalOf(failure, keys.freeAt() - now())
      if (signal) breaker.report(signal, failure?.class ?? null, attempt.startedAt)
      // The provider is there: it only did not like the request, or the key.
      else if (probe && failure && handlingOf(failure.class).key) breaker.abandon()
      else if (probe) breaker.report('success', null, attempt.startedAt)
    },

    latencyOf: (route: Route): number | null => latencies.of(routeKey(route)),

    /** Keys may be new: a route whose keys were refused need not rest any longer when there is one that was not. */
    tryNewKeys: (): void => {
      for (const { route, breaker } of lines.values())
        if (isOfKeys(breaker.health()) && providers[route.provider]?.keys.hasUntried()) breaker.wake()
    },

    /** Takes over what another worker found. */
    adopt: (route: Pick<Route, 'provider' | 'model'>, health: RouteHealth): void =>
      lines.get(routeKey(route))?.breaker.adopt(health),

    healths: (): { route: Route; health: RouteHealth }[] =>
      [...lines.values()].map(({ route, breaker }) => ({ route, health: breaker.health() })),
  }
}

export type RoutePool = ReturnType<typeof createRoutePool>
