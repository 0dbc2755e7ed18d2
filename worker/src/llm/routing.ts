import { type DataResidency, satisfies } from '@recto/shared/catalog'
import { expectedCost, tokensAtMost } from './max-cost.ts'
import type { ChatRequest } from './request.ts'
import type { Route } from './route.ts'

/**
 * How allowed routes are ordered (RECTO_ROUTING). `fixed`: in the order of the alias, then of the catalog. `balanced`: in the
 * order of the alias, and the routes of each model by lot.
 */
export const routingPolicies = ['fixed', 'cost', 'latency', 'quality', 'balanced'] as const
export type RoutingPolicy = (typeof routingPolicies)[number]

export type Routing = {
  /** The routes that have an API key. */
  routes: readonly Route[]
  policy: RoutingPolicy
  /** The recent average latency of a route in milliseconds; null before its first answer. */
  latencyOf(route: Route): number | null
  /** A number in [0, 1). */
  random(): number
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

/**
 * Draws the routes of each model by lot: the chance of a route to be the first is in proportion to its weight, and in
 * inverse proportion to its latency. A route that was not measured counts as fast as the measured ones are on average.
 */
const lotOf = ({ latencyOf, random }: Routing, routes: readonly Route[]): ((route: Route) => number) => {
  const models = routes.map(({ modelId }) => modelId)
  const measured = routes.flatMap((route) => latencyOf(route) ?? [])
  const usual = measured.reduce((sum, ms) => sum + ms, 0) / measured.length || 1
  return (route) => {
    // Exponential waiting times: the smallest of several belongs to a route as often as its rate is part of all rates.
    const slowness = Math.max(latencyOf(route) ?? usual, 1) / usual
    const lot = (-Math.log(1 - random()) * slowness) / route.weight
    return models.indexOf(route.modelId) + lot / (1 + lot)
  }
}

/** The sort key of a route under the policy; smaller is better. Routes of equal rank keep their order. */
const rankOf = (routing: Routing, request: ChatRequest, routes: readonly Route[]): ((route: Route) => number) => {
  const { policy, latencyOf } = routing
  switch (policy) {
    case 'balanced':
      return lotOf(routing, routes)
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
  const rank = rankOf(routing, request, largeEnough)
  return {
    ok: true,
    routes: largeEnough
      .map((route) => ({ route, rank: rank(route) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ route }) => route),
  }
}
