import type { Catalog, CatalogModel } from '@recto/shared/catalog'
import { inDollars, maxPriceOf, type Price } from '@recto/shared/price'
import type { Timeouts } from './wire/timeouts.ts'

type Quirks = CatalogModel['routes'][number]['quirks']

/** How a request body for this route differs from OpenAI's. */
export type RequestShape = {
  /** Fields that the provider rejects, and that are left out. */
  omit: readonly Quirks['omit'][number][]
  tokensField: 'max_completion_tokens' | 'max_tokens'
  /** Fields that are added, or that replace OpenAI's. */
  extra: Readonly<Record<string, unknown>>
}

/** A (provider, model) pair that can serve a request, with everything that the catalog says about the two. */
export type Route = {
  provider: string
  /** The provider's own name of the model. */
  model: string
  /** The catalog's name of the model. */
  modelId: string
  region: string
  quality: number
  contextTokens: number
  /** Tokens that the model may think with, beside its answer. */
  thinkingTokens: number
  /** Its share among the routes of its model under the policy `balanced`. */
  weight: number
  /** USD per million tokens. */
  price: Price
  /**
   * The highest price that may be charged. It is above `price` when the catalog sends the provider a `max_price`,
   * because the provider may then route to more expensive upstreams.
   */
  maxPrice: Price
  /** USD for one unit of the currency of the provider's price list; null when that is USD. */
  fxRate: string | null
  /** The day of the price, or of the rate of its currency if that is older. */
  pricedOn: string
  timeouts: Timeouts
  shape: RequestShape
  /** Whether the provider can be asked later what a request cost, by the id in its headers. */
  costLookup: boolean
}

/** Identifies a route in maps: provider and model, separated by a space. */
export const routeKey = ({ provider, model }: Pick<Route, 'provider' | 'model'>): string => `${provider} ${model}`

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A deep merge in which the values of `override` win. Arrays are replaced, not merged. */
const mergeDeep = (base: Record<string, unknown>, override: Record<string, unknown>): Record<string, unknown> => {
  const merged = { ...base }
  for (const [key, value] of Object.entries(override)) {
    const existing = merged[key]
    merged[key] = isRecord(existing) && isRecord(value) ? mergeDeep(existing, value) : value
  }
  return merged
}

const shapeOf = (provider: Quirks, route: Quirks): RequestShape => ({
  omit: [...provider.omit, ...route.omit],
  tokensField: route.tokens_field ?? provider.tokens_field ?? 'max_completion_tokens',
  extra: mergeDeep(provider.extra, route.extra),
})

/**
 * All routes of a catalog in its order, with or without an API key. `timeouts` apply where the catalog has none.
 * @throws RangeError when a model names a provider that the catalog does not have.
 */
export const routesOf = (catalog: Catalog, timeouts: Timeouts): Route[] =>
  catalog.models.flatMap((model) =>
    model.routes.map((listed) => {
      const provider = catalog.providers[listed.provider]
      if (!provider) throw new RangeError(`the catalog has no provider ${listed.provider}`)
      const { currency, input_per_million, output_per_million, as_of } = listed.price
      const rate = currency === 'USD' ? undefined : catalog.rates[currency]
      const fxRate = rate?.usd ?? null
      const providerTimeouts = provider.timeouts
      const shape = shapeOf(provider.quirks, listed.quirks)
      const price = inDollars({ input_per_million, output_per_million }, fxRate)
      return {
        provider: listed.provider,
        model: listed.model ?? model.id,
        modelId: model.id,
        region: provider.region,
        quality: model.quality,
        contextTokens: listed.context_tokens ?? model.context_tokens,
        thinkingTokens: model.thinking_tokens,
        weight: listed.weight,
        price,
        maxPrice: maxPriceOf(shape.extra, price),
        fxRate,
        pricedOn: rate && rate.as_of < as_of ? rate.as_of : as_of,
        timeouts: {
          firstTokenMs: providerTimeouts.first_token_ms ?? timeouts.firstTokenMs,
          gapMs: providerTimeouts.gap_ms ?? timeouts.gapMs,
          totalMs: providerTimeouts.total_ms ?? timeouts.totalMs,
        },
        shape,
        costLookup: provider.cost_lookup,
      }
    }),
  )
