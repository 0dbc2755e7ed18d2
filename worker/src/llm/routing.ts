import { type DataResidency, satisfies } from '@recto/shared/catalog'
import { expectedCost, tokensAtMost } from './max-cost.ts'
import type { ChatRequest } from './request.ts'
import type { Route } from './route.ts'

/** How allowed routes are ordered (RECTO_ROUTING). `fixed`: in the order of the alias, then of the catalog. */
export const routingPolicies = ['fixed', 'cost', 'latency', 'quality'] as const
export type RoutingPolicy = (typeof routingPolicies)[number]

export type Routing = {
  /** The routes that have an API key. */
  routes: readonly Route[]
  policy: RoutingPolicy
  /** The recent average latency of a route in milliseconds; null before its first answer. */
  latencyOf(route: Route): number | null
}

export type RouteRequirements = {
  /** Model ids of the catalog, in the order in which they are tried. */
  models: readonly string[]
  residency: DataResidency
  request: ChatRequest
}

export type RoutingResult =
  | { ok: true; routes: Route[] }
  | { ok: false; code: 'no_route_available' | 'residency_unavailable' | 'too_long' }

/** The sort key of a route under the policy; smaller is better. Routes of equal rank keep their order. */
const rankOf = ({ policy, latencyOf }: Routing, request: ChatRequest): ((route: Route) => number) => {
  switch (policy) {
    case 'fixed':
      return () => 0
    case 'cost':
      return (route) => Number(expectedCost(request, route.price))
    case 'quality':
      return (route) => -route.quality
    case 'latency':
      // A route without a measured latency comes first, because otherwise its latency would never be measured.
      return (route) => latencyOf(route) ?? 0
  }
}

/**
 * The routes that may serve a request, best first, or the code of the reason why there are none. Data residency is a
 * filter, not a preference: a route that does not satisfy it is never returned, even when no other route is left.
 */
export const chooseRoutes = (routing: Routing, { models, residency, request }: RouteRequirements): RoutingResult => {
  const offered = models.flatMap((id) => routing.routes.filter((route) => route.modelId === id))
  if (offered.length === 0) return { ok: false, code: 'no_route_available' }
  const allowed = offered.filter(({ region }) => satisfies(region, residency))
  if (allowed.length === 0) return { ok: false, code: 'residency_unavailable' }
  const needed = tokensAtMost(request)
  const largeEnough = allowed.filter(({ contextTokens, thinkingTokens }) => contextTokens >= needed + thinkingTokens)
  if (largeEnough.length === 0) return { ok: false, code: 'too_long' }
  const rank = rankOf(routing, request)
  return {
    ok: true,
    routes: largeEnough
      .map((route) => ({ route, rank: rank(route) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ route }) => route),
  }
}
