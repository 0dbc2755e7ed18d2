import type { CatalogJson } from '@recto/shared/catalog'
import type { ComparedRoute } from './compare.ts'

type RouteJson = CatalogJson['models'][number]['routes'][number]

/** A confirmed price keeps its currency and its digits, and gets a new date. */
const updateRoute = (route: RouteJson, compared: ComparedRoute, today: string): RouteJson => {
  const { listed_price, listed_context_tokens, takes_price, takes_window, result } = compared
  const price = result === 'changed' ? { ...listed_price, currency: 'USD' } : {}
  return {
    ...route,
    ...(takes_price && { price: { ...route.price, ...price, as_of: today } }),
    ...(takes_window && listed_context_tokens !== null && { context_tokens: listed_context_tokens }),
  }
}

/** A catalog's file with the prices and windows that are taken. All else stays as it was, in its order. */
export const updateCatalog = (json: CatalogJson, compared: readonly ComparedRoute[], today: string): CatalogJson => ({
  ...json,
  models: json.models.map((model) => ({
    ...model,
    routes: model.routes.map((route) => {
      const name = route.model ?? model.id
      const found = compared.find((one) => one.provider === route.provider && one.provider_model === name)
      return found ? updateRoute(route, found, today) : route
    }),
  })),
})
