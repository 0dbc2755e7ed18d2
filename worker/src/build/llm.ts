import type { Catalog } from '@recto/shared/catalog'
import type { Logger } from '@recto/shared/log'
import type { Notify } from '@recto/shared/notify'
import type { OpenAI } from 'openai'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { ROUTES_EVERY_MS } from '../deadlines.ts'
import { createAsk } from '../llm/ask.ts'
import { shareRoutes } from '../llm/health/share-routes.ts'
import { createRoutesStore } from '../llm/health/store.ts'
import type { ProviderKeys } from '../llm/keys/provider-keys.ts'
import { routesOf } from '../llm/route.ts'
import { createRoutePool } from '../llm/route-pool.ts'
import type { Routing, RoutingPolicy } from '../llm/routing.ts'
import type { Timeouts } from '../llm/wire/timeouts.ts'
import type { Metrics } from '../metrics.ts'

export type LlmDeps = {
  pool: pg.Pool
  catalog: Catalog
  /** By provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: ProviderKeys
  policy: RoutingPolicy
  timeouts: Timeouts
  /** Milliseconds before a second route is asked too; null for never. */
  hedgeMs: number | null
  notifyRoutes: Notify
  metrics: Pick<Metrics, 'failedOver'>
  clock: Clock
  random(): number
  log: Logger
}

const providersOf = ({ catalog, clients, keys }: Pick<LlmDeps, 'catalog' | 'clients' | 'keys'>) =>
  Object.fromEntries(
    Object.keys(catalog.providers).flatMap((name) => {
      const client = clients[name]
      return client ? [[name, { client, keys: keys.ringOf(name) }]] : []
    }),
  )

/** What asks language models: the pool of routes, whose health all workers share, and the loop of attempts over it. */
export const buildLlm = (deps: LlmDeps) => {
  const { pool, clock, random, log } = deps
  const routePool = createRoutePool({
    routes: routesOf(deps.catalog, deps.timeouts),
    providers: providersOf(deps),
    now: clock.steady,
    random,
    onChange: (route, health) => {
      const { provider, model } = route
      log.warn({ provider, model, state: health.state, reason: health.reason }, 'route health changed')
      sharing.changed(route, health)
    },
  })
  const sharing = shareRoutes({
    store: createRoutesStore(pool, clock.steady),
    routePool,
    notify: deps.notifyRoutes,
    now: clock.steady,
    everyMs: ROUTES_EVERY_MS,
    onError: (error) => log.warn({ error }, 'sharing of route health failed'),
  })
  return {
    ask: createAsk({ routePool, clock, random, hedgeMs: deps.hedgeMs, onFailover: deps.metrics.failedOver }),
    routing: (): Routing => ({
      routes: routePool.usable(),
      policy: deps.policy,
      latencyOf: routePool.latencyOf,
      random,
    }),
    healths: routePool.healths,
    /** Whether the breaker of some route with a key is closed. */
    hasRoute: (): boolean => {
      const usable = new Set(routePool.usable())
      return routePool.healths().some(({ route, health }) => usable.has(route) && health.state === 'closed')
    },
    refreshRoutes: sharing.refresh,
    /** Keys may have changed: routes that rest because of refused keys are tried again. */
    refreshKeys: (): void => {
      routePool.tryNewKeys()
      sharing.refresh()
    },
    /** Resolves when the health that other workers found is known. */
    start: sharing.start,
    stop: sharing.stop,
  }
}

export type Llm = ReturnType<typeof buildLlm>
