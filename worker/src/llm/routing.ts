import { type DataResidency, satisfies } from '@recto/shared/catalog'
import { maxCost, tokensAtMost } from './max-cost.ts'
import type { ChatRequest } from './request.ts'
import type { Route } from './route.ts'

/** What decides between routes that are all allowed; `fixed` is the order of the alias and of the catalog. */
export const routingPolicies = ['fixed', 'cost', 'latency', 'quality'] as const
export type RoutingPolicy = (typeof routingPolicies)[number]

export type Routing = {
  /** Those that there is a key for. */
  routes: readonly Route[]
  policy: RoutingPolicy
  /** Milliseconds that a route took of late; null when that is not known. */
  latencyOf(route: Route): number | null
}

export type Wanted = {
  /** Ids of the catalog, in the order in which they are tried. */
  models: readonly string[]
  residency: DataResidency
  request: ChatRequest
}

export type Routed =
  | { ok: true; routes: Route[] }
  | { ok: false; code: 'no_route_available' | 'residency_unavailable' | 'too_long' }

/** Smaller is better. Routes that are equal stay in their order. */
const rankOf = ({ policy, latencyOf }: Routing, request: ChatRequest): ((route: Route) => number) => {
  switch (policy) {
    case 'fixed':
      return () => 0
    case 'cost':
      return (route) => Number(maxCost(request, route.price))
    case 'quality':
      return (route) => -route.quality
    case 'latency':
      // One that has not answered yet is tried soon, or it would never be known.
      return (route) => latencyOf(route) ?? 0
  }
}

/**
 * The routes that may serve a request, best first. What the person or the deployment demands is a filter: a route that does not
 * satisfy the residency is never among them, whatever becomes of the others.
 */
export const chooseRoutes = (routing: Routing, { models, residency, request }: Wanted): Routed => {
  const offered = models.flatMap((id) => routing.routes.filter((route) => route.modelId === id))
  if (offered.length === 0) return { ok: false, code: 'no_route_available' }
  const allowed = offered.filter(({ region }) => satisfies(region, residency))
  if (allowed.length === 0) return { ok: false, code: 'residency_unavailable' }
  const needed = tokensAtMost(request)
  const wide = allowed.filter(({ contextTokens }) => contextTokens >= needed)
  if (wide.length === 0) return { ok: false, code: 'too_long' }
  const rank = rankOf(routing, request)
  return {
    ok: true,
    routes: wide
      .map((route) => ({ route, rank: rank(route) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ route }) => route),
  }
}
