import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { bundledCatalog, findModels, modelNames, parseCatalog, satisfies, strictest } from './catalog.ts'
import { textBounds } from './kinds/flashcards/flashcards.ts'

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

describe('parseCatalog, about the variables of keys,', () => {
  const withVariables = (variables: Record<string, string>) => () => {
    const { providers, ...rest } = bundledCatalog()
    const [provider] = Object.values(providers)
    const added = Object.entries(variables).map(([name, key_variable]) => [name, { ...provider, key_variable }])
    return parseCatalog({ ...rest, providers: { ...providers, ...Object.fromEntries(added) } })
  }

  test('refuses every setting that .env.example names, but for keys of providers', () => {
    const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
    const keys = Object.values(bundledCatalog().providers).map(({ key_variable }) => key_variable)
    const settings = [...example.matchAll(/^# ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name)
    expect(settings.length).toBeGreaterThan(30)
    for (const setting of settings.filter((name) => !keys.includes(name)))
      expect(withVariables({ acme: setting }), setting).toThrow(
        /providers\.acme\.key_variable: is (a setting|the base URL)/,
      )
  })

  test.each(['PATH', 'NODE_OPTIONS', 'PGPASSWORD', 'HTTPS_PROXY', 'RECTO_ANYTHING', 'TRUSTED_PROXIES'])(
    'refuses %s, which the system or Recto reads',
    (name) => expect(withVariables({ acme: name })).toThrow(/acme\.key_variable: is a setting/),
  )

  test('refuses the base URL of a provider', () => {
    expect(withVariables({ acme: 'OTHER_1_BASE_URL', 'other-1': 'X_KEY' })).toThrow(
      /acme\.key_variable: is the base URL/,
    )
  })

  test('refuses X_FILE beside X, which names a file with the keys of X', () => {
    expect(withVariables({ acme: 'X_KEY', other: 'X_KEY_FILE' })).toThrow(
      /other\.key_variable: names the file of another/,
    )
  })

  test('allows two providers with one variable, and names that only resemble a setting', () => {
    expect(withVariables({ acme: 'X_KEY', other: 'X_KEY', third: 'DATABASE_URL_KEY', fourth: 'X_FILE' })).not.toThrow()
  })
})

describe("the project of a provider's address", () => {
  const withProject = (project: object) => () =>
    parseCatalog({ ...small, providers: { near: { ...near, project }, far } })
  const base_url = 'https://near.example/{project}/v1'

  test('is named by environment variables', () => {
    const catalog = withProject({ variables: ['NEAR_PROJECT'], base_url })()
    expect(catalog.providers.near?.project).toEqual({ variables: ['NEAR_PROJECT'], base_url })
  })

  test.each(['NEAR_KEY', 'FAR_KEY', 'FAR_KEY_FILE'])('is not named by a variable that holds keys: %s', (variable) => {
    expect(withProject({ variables: ['NEAR_PROJECT', variable], base_url })).toThrow(
      /providers\.near\.project\.variables\.1: holds keys/,
    )
  })

  test.each([
    ['no variable', { variables: [], base_url }],
    ['an address without a place for it', { variables: ['NEAR_PROJECT'], base_url: 'https://near.example/v1' }],
    ['an address that is no URL', { variables: ['NEAR_PROJECT'], base_url: '{project}' }],
  ])('is refused with %s', (_, project) => {
    expect(withProject(project)).toThrow(/providers\.near\.project\./)
  })
})
