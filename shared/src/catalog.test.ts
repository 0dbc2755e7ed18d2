import { describe, expect, it } from 'vitest'
import { bundledCatalog, findModels, modelNames, parseCatalog, satisfies, strictest } from './catalog.ts'
import { textBounds } from './kinds/flashcards.ts'

const price = { input_per_million: '0.10', output_per_million: '0.40', currency: 'USD', as_of: '2026-11-01' }
const near = { base_url: 'https://near.example/v1/', region: 'eu', key_variable: 'NEAR_KEY' }
const far = { base_url: 'https://far.example', region: 'global', key_variable: 'FAR_KEY' }
const model = { id: 'lab/one', quality: 50, context_tokens: 32_000, routes: [{ provider: 'near', price }] }
const small = { providers: { near, far }, models: [model], aliases: { balanced: ['lab/one'] } }

describe('a catalog', () => {
  it('has defaults for optional fields', () => {
    const { providers, rates, models } = parseCatalog(small)
    expect(providers.near).toEqual({
      ...near,
      base_url: 'https://near.example/v1',
      headers: {},
      quirks: { omit: [], extra: {} },
      timeouts: {},
      cost_lookup: false,
    })
    expect(rates).toEqual({})
    expect(models[0]?.routes[0]?.quirks).toEqual({ omit: [], extra: {} })
  })

  const route = (more: object) => ({ ...small, models: [{ ...model, routes: [{ provider: 'near', price, ...more }] }] })
  it.each<[string, unknown, string]>([
    ['a provider that is not there', route({ provider: 'nowhere' }), 'models.0.routes.0.provider: is no provider'],
    [
      'a provider named like a property',
      route({ provider: 'constructor' }),
      'models.0.routes.0.provider: is no provider',
    ],
    [
      'a currency without a rate',
      route({ price: { ...price, currency: 'EUR' } }),
      'routes.0.price.currency: has no rate',
    ],
    ['a price that is a number', route({ price: { ...price, input_per_million: 0.1 } }), 'price.input_per_million: '],
    [
      'a price in words',
      route({ price: { ...price, input_per_million: '1e-7' } }),
      'must be a decimal number in a string',
    ],
    ['a price without a date', route({ price: { ...price, as_of: 'today' } }), 'price.as_of: '],
    ['a field that is not known', route({ modle: 'x' }), 'models.0.routes.0: '],
    [
      'the same route twice',
      {
        ...small,
        models: [model, { ...model, id: 'lab/two', routes: [{ provider: 'near', model: 'lab/one', price }] }],
      },
      'models.1.routes.0: is listed twice',
    ],
    ['the same model twice', { ...small, models: [model, model] }, 'models.1.id: is listed twice'],
    ['a model without a route', { ...small, models: [{ ...model, routes: [] }] }, 'models.0.routes: '],
    [
      'two providers whose base URLs one variable would replace',
      { ...small, providers: { ...small.providers, 'far-east': small.providers.near, far_east: small.providers.near } },
      'providers.far_east: has the same <NAME>_BASE_URL as another provider',
    ],
    ['no model', { ...small, models: [] }, 'models: '],
    [
      'an alias that is a model’s id',
      { ...small, aliases: { balanced: ['lab/one'], 'lab/one': ['lab/one'] } },
      'aliases.lab/one: is the id of a model too',
    ],
    [
      'an alias for what is not listed',
      { ...small, aliases: { balanced: ['lab/one', 'lab/nine'] } },
      'aliases.balanced.1: names a model that is not listed',
    ],
    ['no default', { ...small, aliases: { fast: ['lab/one'] } }, 'aliases: must have balanced, the default'],
    [
      'a rate of nothing',
      { ...small, rates: { EUR: { usd: '0.0', as_of: '2026-11-01' } } },
      'rates.EUR.usd: must be above 0',
    ],
    [
      'a base URL that is none',
      { ...small, providers: { near: { ...near, base_url: 'near' }, far } },
      'providers.near.base_url: ',
    ],
    [
      'a key in place of its variable',
      { ...small, providers: { near: { ...near, key_variable: 'sk-123' }, far } },
      'providers.near.key_variable: must be the name of an environment variable',
    ],
    ['a list', [], ': '],
  ])('with %s is rejected with the place of the mistake', (_what, json, complaint) => {
    expect(() => parseCatalog(json)).toThrow(complaint)
  })

  it('with several mistakes is rejected with all of them', () => {
    const wrong = { ...route({ provider: 'nowhere' }), aliases: { fast: ['lab/nine'] } }
    const complaints = ['is no provider', 'names a model that is not listed', 'must have balanced']
    for (const complaint of complaints) expect(() => parseCatalog(wrong)).toThrow(complaint)
  })
})

describe('the bundled catalog', () => {
  const catalog = bundledCatalog()
  const regionsOf = (name: string) =>
    findModels(catalog, name).flatMap(({ routes }) => routes.map(({ provider }) => catalog.providers[provider]?.region))

  it.each(Object.keys(catalog.aliases))('has a provider in the EU for %s', (alias) => {
    expect(regionsOf(alias)).toContain('eu')
  })

  it('has in every model enough context for the longest text', () => {
    // A code point rarely has more than two tokens. The 8,000 are for instructions and answer.
    for (const { id, context_tokens } of catalog.models)
      expect(context_tokens, id).toBeGreaterThan(2 * textBounds.max + 8000)
  })

  it('has only HTTPS providers', () => {
    for (const { base_url } of Object.values(catalog.providers)) expect(base_url).toMatch(/^https:\/\//)
  })
})

describe('findModels', () => {
  const catalog = parseCatalog({
    ...small,
    models: [model, { ...model, id: 'lab/two', routes: [{ provider: 'far', price }] }],
    aliases: { balanced: ['lab/two', 'lab/one'] },
  })
  const idsOf = (name: string) => findModels(catalog, name).map(({ id }) => id)

  it('answers the models of an alias in order, and the model of an id', () => {
    expect(idsOf('balanced')).toEqual(['lab/two', 'lab/one'])
    expect(idsOf('lab/one')).toEqual(['lab/one'])
    expect(modelNames(catalog)).toEqual(['balanced', 'lab/one', 'lab/two'])
  })

  it.each(['', 'one', 'LAB/ONE', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'answers none for the name %j',
    (name) => {
      expect(idsOf(name)).toEqual([])
    },
  )
})

describe('a residency', () => {
  it('of `eu` is satisfied only by the region eu, and `any` by every region', () => {
    expect(['eu', 'EU', 'europe', 'us', 'global', ''].filter((region) => satisfies(region, 'eu'))).toEqual(['eu'])
    expect(['eu', 'us', 'global'].every((region) => satisfies(region, 'any'))).toBe(true)
  })

  it('of several is the strictest', () => {
    expect(strictest('any', 'any')).toBe('any')
    expect(strictest('any', 'eu')).toBe('eu')
    expect(strictest('eu', 'any', 'any')).toBe('eu')
    expect(strictest()).toBe('any')
  })
})
