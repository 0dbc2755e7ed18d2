import type { OpenAI } from 'openai'
import { CREDIT_REST_MS, KEY_REST_MS, QUOTA_REST_MS, QUOTA_THRESHOLD_MS } from '../deadlines.ts'
import type { Attempt, RouteLease } from './attempt.ts'
import { type BreakerSettings, createBreaker, defaultBreakerSettings, type Signal } from './breaker.ts'
import { type FailureClass, handlingOf, isKeyProblem } from './errors/failure.ts'
import { createFirstTokens } from './health/first-tokens.ts'
import { createMovingAverages } from './health/moving-average.ts'
import { isAboutKeys, QUOTA_OF_KEYS, type RouteHealth } from './health/route-health.ts'
import type { CallFailure } from './interpret.ts'
import type { KeyRing, Refusal } from './keys/key-ring.ts'
import { type Route, routeKey } from './route.ts'

export type RoutePoolDeps = {
  /** All routes of the catalog, also those whose provider has no API key. */
  routes: readonly Route[]
  /** By provider name. */
  providers: Readonly<Record<string, { client: OpenAI; keys: KeyRing }>>
  /** Milliseconds of the steady clock. */
  now(): number
  /** A number in [0, 1). */
  random(): number
  /** Called with every change that this worker finds, to be shared with other workers. */
  onChange?(route: Route, health: RouteHealth): void
  settings?: BreakerSettings
}

/** A lease for one request, or the time when to ask again, by the steady clock. */
export type Acquired = { ok: true; lease: Omit<RouteLease, 'hedge'> } | { ok: false; until: number }

/**
 * What an outcome says about its route; null for nothing. A failure after which the provider asks for a long wait opens the
 * breaker until that is over, whatever its class is. `keysRestMs` is the time until a key of the provider is free.
 */
const signalOf = (failure: CallFailure | null, keysRestMs: number): Signal | null => {
  if (!failure) return 'success'
  if (isKeyProblem(failure))
    return keysRestMs > 0 ? { restMs: keysRestMs, reason: failure.ofKey ? QUOTA_OF_KEYS : failure.class } : null
  const { breaker } = handlingOf(failure.class)
  const isLong = (failure.retryAfterMs ?? 0) > QUOTA_THRESHOLD_MS
  if (breaker === 'counts' && !isLong) return 'failure'
  return breaker === 'no' ? null : { restMs: failure.retryAfterMs ?? QUOTA_REST_MS, reason: failure.class }
}

/** Tracks which routes are available: breaker state, free API keys, recent latency. */
export const createRoutePool = (deps: RoutePoolDeps) => {
  const { now, random, providers } = deps
  const latencies = createMovingAverages()
  const firstTokens = createFirstTokens()
  const entries = new Map(
    deps.routes.map((route) => {
      const onChange = (health: RouteHealth) => deps.onChange?.(route, health)
      return [
        routeKey(route),
        { route, breaker: createBreaker(deps.settings ?? defaultBreakerSettings, { now, random, onChange }) },
      ]
    }),
  )
  const entryOf = (route: Route) => {
    const entry = entries.get(routeKey(route))
    if (!entry) throw new RangeError(`no such route: ${routeKey(route)}`)
    return entry
  }

  /** Lets a rejected or used-up key rest. Any other answer of the provider shows that it accepted the key. */
  const reportToKeyRing = (keys: KeyRing, fingerprint: string, failure: CallFailure | null): void => {
    if (failure?.ofKey) keys.restUntilReset(fingerprint, failure.retryAfterMs ?? QUOTA_REST_MS)
    else if (failure?.class === 'auth') keys.reportUnauthorized(fingerprint)
    else if (failure?.class === 'provider_credit_exhausted')
      keys.rest(fingerprint, Math.max(failure.retryAfterMs ?? CREDIT_REST_MS, KEY_REST_MS))
    else keys.reportAccepted(fingerprint)
  }

  const measureFirstToken = <T>({ route, outcome, firstTokenMs, latencyMs, startedAt }: Attempt<T>): void => {
    // An answer in one piece has its first token when it is there.
    const spokeAfterMs = firstTokenMs ?? (outcome.ok ? latencyMs : null)
    if (spokeAfterMs !== null) firstTokens.add(routeKey(route), spokeAfterMs)
    else if (!outcome.ok && outcome.class === 'timeout') firstTokens.addSilent(routeKey(route), now() - startedAt)
  }

  return {
    /** The routes whose provider has an API key, free or resting. */
    usable: (): Route[] => deps.routes.filter(({ provider }) => (providers[provider]?.keys.size() ?? 0) > 0),

    /**
     * Leases a route for one request. Every lease must be released once.
     * @throws RangeError for a route of another catalog
     */
    acquire: (route: Route): Acquired => {
      const provider = providers[route.provider]
      const freeAt = provider?.keys.freeAt() ?? Number.POSITIVE_INFINITY
      if (!provider || freeAt > now()) return { ok: false, until: freeAt }
      const { breaker } = entryOf(route)
      const permit = breaker.allowRequest()
      if (permit.kind === 'refused') return { ok: false, until: permit.until }
      const key = provider.keys.next()
      const probe = permit.kind === 'probe'
      if (!key) {
        if (probe) breaker.abandon()
        return { ok: false, until: now() }
      }
      // A probe leaves in any case, because it alone can close the breaker.
      const mayLeave = () => probe || (breaker.health().state === 'closed' && provider.keys.isUsable(key.fingerprint))
      return { ok: true, lease: { client: provider.client, key, route, probe, mayLeave } }
    },

    /** Gives a lease back and learns from its attempt; null when no request was sent. */
    release: <T>(
      { route, key, probe }: Pick<RouteLease, 'route' | 'key' | 'probe'>,
      attempt: Attempt<T> | null,
    ): void => {
      const { breaker } = entryOf(route)
      const keys = providers[route.provider]?.keys
      const failure = attempt?.outcome.ok === false ? attempt.outcome : null
      if (attempt) measureFirstToken(attempt)
      if (!attempt || !keys || failure?.class === 'aborted' || failure?.class === 'not_sent') {
        if (probe) breaker.abandon()
        return
      }
      // A request that got no response says nothing about its key.
      if (attempt.httpStatus !== null) reportToKeyRing(keys, key.fingerprint, failure)
      if (!failure) latencies.add(routeKey(route), attempt.latencyMs)
      const signal = signalOf(failure, keys.freeAt() - now())
      if (signal) breaker.report(signal, failure?.class ?? null, attempt.startedAt)
      // A probe whose key was rejected says nothing about the route, so the next request probes with another key.
      else if (probe && failure && isKeyProblem(failure)) breaker.abandon()
      // Any other answer shows that the route works again, even if the provider rejected the request itself.
      else if (probe) breaker.report('success', null, attempt.startedAt)
    },

    /**
     * Milliseconds after which another route is asked beside this one, if it has sent no token: longer than it usually
     * takes. Null for as long as its deadlines allow.
     */
    silenceMs: (route: Route): number | null => firstTokens.silenceMs(routeKey(route)),

    /** Learns what other workers, or this one before its start, have measured: milliseconds to first tokens, oldest first. */
    learnFirstTokens: (route: Pick<Route, 'provider' | 'model'>, measured: readonly number[]): void => {
      for (const ms of measured) firstTokens.add(routeKey(route), ms)
    },

    /** How the provider of a route refuses all of its keys; null when a key may be used now or soon. */
    refusalOf: ({ provider }: Route): Refusal | null => providers[provider]?.keys.refusal() ?? null,

    /** The recent average latency of a route's answers in milliseconds; null before the first answer. */
    latencyOf: (route: Route): number | null => latencies.of(routeKey(route)),

    /**
     * Ends the rest of routes that rest because of their keys, if a key that never rested was added since, and of routes
     * that rest for more than five minutes because of a quota: a new key may belong to another account.
     */
    tryNewKeys: (): void => {
      for (const { route, breaker } of entries.values()) {
        const keys = providers[route.provider]?.keys
        const health = breaker.health()
        const isLongQuota =
          health.reason === ('quota_exhausted_until_reset' satisfies FailureClass) &&
          health.until - now() > QUOTA_THRESHOLD_MS
        if (isAboutKeys(health) ? keys?.hasFreshKey() : isLongQuota && keys?.hasFreshKeySince(health.at))
          breaker.endRest()
      }
    },

    /** Adopts the health that another worker found. A route that is not in this worker's catalog is ignored. */
    adopt: (route: Pick<Route, 'provider' | 'model'>, health: RouteHealth): void =>
      entries.get(routeKey(route))?.breaker.adopt(health),

    healths: (): { route: Route; health: RouteHealth }[] =>
      [...entries.values()].map(({ route, breaker }) => ({ route, health: breaker.health() })),
  }
}

export type RoutePool = ReturnType<typeof createRoutePool>
