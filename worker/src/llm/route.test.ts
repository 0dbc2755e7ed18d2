import { bundledCatalog, parseCatalog } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { type Route, routeKey, routesOf } from './route.ts'

const timeouts = { firstTokenMs: 1, gapMs: 2, totalMs: 3 }
const price = { input_per_million: '0.15', output_per_million: '0.60', currency: 'EUR', as_of: '2026-09-29' }

/** The one route of a catalog with one provider and one model. */
const routeWith = (provider: object, route: object = {}, model: object = {}): Route => {
  const catalog = parseCatalog({
    providers: { near: { base_url: 'https://near.example/v1', region: 'eu', key_variable: 'NEAR_KEY', ...provider } },
    rates: { EUR: { usd: '1.15', as_of: '2026-11-20' } },
    models: [
      {
        id: 'lab/one',
        quality: 50,
        context_tokens: 32_000,
        routes: [{ provider: 'near', price, ...route }],
        ...model,
      },
    ],
    aliases: { balanced: ['lab/one'] },
  })
  const [found] = routesOf(catalog, timeouts)
  if (!found) throw new Error('no route')
  return found
}

test('routesOf combines what the catalog says about a provider and a model', () => {
  expect(routeWith({ cost_lookup: true }, { model: 'one-2506' })).toEqual({
    provider: 'near',
    model: 'one-2506',
    modelId: 'lab/one',
    region: 'eu',
    quality: 50,
    contextTokens: 32_000,
    thinkingTokens: 0,
    price: { input_per_million: '0.1725', output_per_million: '0.69' },
    maxPrice: { input_per_million: '0.1725', output_per_million: '0.69' },
    weight: 1,
    fxRate: '1.15',
    pricedOn: '2026-09-29',
    timeouts,
    shape: { omit: [], tokensField: 'max_completion_tokens', extra: {} },
    costLookup: true,
  })
})

test("routesOf uses the catalog's model id when the provider has no name of its own", () => {
  expect(routeKey(routeWith({}))).toBe('near lab/one')
})

test("routesOf prefers the route's own context window to the model's", () => {
  expect(routeWith({}, { context_tokens: 8000 }).contextTokens).toBe(8000)
})

test('routesOf keeps a price in USD as it is written', () => {
  const dollars = { ...price, currency: 'USD', input_per_million: '0.10' }
  const route = routeWith({}, { price: dollars })
  expect(route).toMatchObject({ fxRate: null, price: { input_per_million: '0.10', output_per_million: '0.60' } })
})

test("routesOf uses the provider's own timeouts, and the worker's where it has none", () => {
  expect(routeWith({ timeouts: { gap_ms: 70 } }).timeouts).toEqual({ firstTokenMs: 1, gapMs: 70, totalMs: 3 })
})

describe('routesOf, about quirks,', () => {
  test('merges the quirks of the route deeply over those of its provider', () => {
    const route = routeWith(
      {
        quirks: {
          omit: ['temperature'],
          tokens_field: 'max_tokens',
          extra: { provider: { data_collection: 'deny', sort: 'price' }, usage: true, tags: [1, 2] },
        },
      },
      {
        quirks: {
          omit: ['stream_options'],
          extra: { provider: { sort: 'latency', only: ['x'] }, usage: { include: true }, tags: [3] },
        },
      },
    )
    expect(route.shape).toEqual({
      omit: ['temperature', 'stream_options'],
      tokensField: 'max_tokens',
      extra: {
        provider: { data_collection: 'deny', sort: 'latency', only: ['x'] },
        usage: { include: true },
        tags: [3],
      },
    })
  })

  test('does not apply the quirks of one route to another route of the provider', () => {
    const catalog = bundledCatalog()
    const shapes = () => JSON.stringify(routesOf(catalog, timeouts).map(({ shape }) => shape))
    const before = shapes()
    expect(shapes()).toBe(before)
    expect(routesOf(catalog, timeouts).filter(({ shape }) => 'reasoning' in shape.extra)).toHaveLength(1)
  })

  test("prefers the route's name of the token limit field to the provider's", () => {
    expect(
      routeWith({ quirks: { tokens_field: 'max_tokens' } }, { quirks: { tokens_field: 'max_completion_tokens' } }).shape
        .tokensField,
    ).toBe('max_completion_tokens')
  })
})

describe('routesOf, about the highest price,', () => {
  const maxPriceWith = (max_price: object) => routeWith({ quirks: { extra: { provider: { max_price } } } }).maxPrice

  test('uses the max_price that is sent to the provider', () => {
    expect(maxPriceWith({ prompt: 0.5, completion: '2.40' })).toEqual({
      input_per_million: '0.5',
      output_per_million: '2.40',
    })
  })

  test('never goes below the price list', () => {
    expect(maxPriceWith({ prompt: 0.1, completion: 2.4 })).toEqual({
      input_per_million: '0.1725',
      output_per_million: '2.4',
    })
  })

  test('uses the price list when max_price is incomplete', () => {
    expect(maxPriceWith({ prompt: 9 })).toEqual({ input_per_million: '0.1725', output_per_million: '0.69' })
  })
})

test('routeKey is unique for every route of the bundled catalog', () => {
  const keys = routesOf(bundledCatalog(), timeouts).map(routeKey)
  expect(keys.length).toBeGreaterThan(10)
  expect(new Set(keys).size).toBe(keys.length)
})
