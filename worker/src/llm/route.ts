import type { Catalog, CatalogModel } from '@recto/shared/catalog'
import { inDollars, maxPriceOf, type Price } from '@recto/shared/price'
import type { Timeouts } from './wire/timeouts.ts'

type Quirks = CatalogModel['routes'][number]['quirks']

/** What is sent to a route otherwise than to OpenAI. */
export type Shape = {
  omit: readonly Quirks['omit'][number][]
  tokensField: 'max_completion_tokens' | 'max_tokens'
  extra: Readonly<Record<string, unknown>>
}

/** A way to serve a request: a provider and one of its models, with all that the catalog says of the two. */
export type Route = {
  provider: string
  /** As that provider writes it. */
  model: string
  /** As the catalog names it. */
  modelId: string
  region: string
  quality: number
  contextTokens: number
  price: Price
  /** What it may be charged at most: `max_price` where the provider is sent one, for it then may route to dearer ones. */
  ceiling: Price
  /** USD for one unit of the price list's currency; null for USD. */
  fxRate: string | null
  timeouts: Timeouts
  shape: Shape
  /** The provider tells later what a request cost, by the id in its headers. */
  costLookup: boolean
}

export const routeKey = ({ provider, model }: Pick<Route, 'provider' | 'model'>): string => `${provider} ${model}`

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** `over` laid over `under`, objects within objects too. */
const merge = (under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> => {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isRecord(below) && isRecord(value) ? merge(below, value) : value
  }
  return merged
}

const shapeOf = (provider: Quirks, route: Quirks): Shape => ({
  omit: [...provider.omit, ...route.omit],
  tokensField: route.tokens_field ?? provider.tokens_field ?? 'max_completion_tokens',
  extra: merge(provider.extra, route.extra),
})

/** Every route of a catalog in its order, whether there is a key for it or not. `timeouts` hold where the catalog says nothing. */
export const routesOf = (catalog: Catalog, timeouts: Timeouts): Route[] =>
  catalog.models.flatMap((model) =>
    model.routes.map((listed) => {
      const provider = catalog.providers[listed.provider]
      if (!provider) throw new RangeError(`the catalog has no provider ${listed.provider}`)
      const { currency, input_per_million, output_per_million } = listed.price
      const fxRate = currency === 'USD' ? null : (catalog.rates[currency]?.usd ?? null)
      const own = provider.timeouts
      const shape = shapeOf(provider.quirks, listed.quirks)
      const price = inDollars({ input_per_million, output_per_million }, fxRate)
      return {
        provider: listed.provider,
        model: listed.model ?? model.id,
        modelId: model.id,
        region: provider.region,
        quality: model.quality,
        contextTokens: listed.context_tokens ?? model.context_tokens,
        price,
        ceiling: maxPriceOf(shape.extra, price),
        fxRate,
        timeouts: {
          firstTokenMs: own.first_token_ms ?? timeouts.firstTokenMs,
          gapMs: own.gap_ms ?? timeouts.gapMs,
          totalMs: own.total_ms ?? timeouts.totalMs,
        },
        shape,
        costLookup: provider.cost_lookup,
      }
    }),
  )
