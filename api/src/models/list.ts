import { type Catalog, defaultModel } from '@recto/shared/catalog'
import type { ModelList } from './contract.ts'
import { routesWithin } from './routes-within.ts'
import type { AccountModels, LiveRoute } from './store.ts'

/**
 * The models that a residency allows, and the aliases that lead to them. A model is `available` when a worker can use
 * one of its routes, an alias when one of its models is. `allowed` depends on the name alone, as it does for a
 * submission.
 */
export const listModels = (catalog: Catalog, { residency, allowed }: AccountModels, live: LiveRoute[]): ModelList => {
  const isAllowed = (name: string): boolean => allowed?.includes(name) ?? true
  const usable = new Set(live.map(({ provider, model }) => `${provider} ${model}`))
  const data = catalog.models.flatMap((model) => {
    const routes = routesWithin(catalog, model, residency)
    if (routes.length === 0) return []
    const { id, context_tokens, quality } = model
    return {
      id,
      aliases: Object.keys(catalog.aliases).filter((alias) => catalog.aliases[alias]?.includes(id)),
      context_tokens,
      quality,
      regions: [...new Set(routes.map(({ region }) => region))],
      prices: routes.map(({ provider, region, price }) => ({ provider, region, ...price })),
      available: routes.some((route) => usable.has(`${route.provider} ${route.model ?? id}`)),
      allowed: isAllowed(id),
    }
  })
  const aliases = Object.entries(catalog.aliases).flatMap(([name, ids]) => {
    const behind = ids.flatMap((id) => data.find((model) => model.id === id) ?? [])
    if (behind.length === 0) return []
    const available = behind.some((model) => model.available)
    return { name, models: behind.map(({ id }) => id), available, allowed: isAllowed(name) }
  })
  const usual = aliases.find(({ name, allowed }) => name === defaultModel && allowed)?.name ?? null
  return { data, next_cursor: null, aliases, default: usual }
}
