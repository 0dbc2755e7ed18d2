import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleRoute } from '../testing/example-route.ts'
import { tokensAtMost } from './max-cost.ts'
import type { ChatRequest } from './request.ts'
import type { Route } from './route.ts'
import { chooseRoutes, type Routing, routingPolicies } from './routing.ts'

const request: ChatRequest = {
  messages: [{ role: 'user', content: 'x'.repeat(3000) }],
  maxCompletionTokens: 1000,
  temperature: 0,
}
const price = (input: string, output: string) => ({ input_per_million: input, output_per_million: output })

const near = exampleRoute({ provider: 'near', region: 'eu', quality: 40, price: price('0.2', '0.2') })
const far = exampleRoute({ provider: 'far', region: 'global', quality: 90, price: price('0.1', '9') })
const best = exampleRoute({ provider: 'far', modelId: 'n', region: 'us', quality: 95, price: price('1', '1') })
const routes = [far, near, best]

const choose = (more: Partial<Routing> = {}, models = ['m', 'n'], residency: 'any' | 'eu' = 'any') =>
  chooseRoutes(
    { routes, policy: 'fixed', latencyOf: () => null, random: () => 0.5, ...more },
    { models, residency, request },
  )
const chosen = (...args: Parameters<typeof choose>) => {
  const routed = choose(...args)
  return routed.ok ? routed.routes : routed.code
}

describe('chooseRoutes filters', () => {
  test('by the requested models', () => {
    expect(chosen({}, ['m'])).toEqual([far, near])
    expect(chosen({}, ['nothing'])).toBe('no_route_available')
    expect(chosen({ routes: [] })).toBe('no_route_available')
  })

  test('by data residency, and returns its own code when no route satisfies it', () => {
    expect(chosen({}, ['m', 'n'], 'eu')).toEqual([near])
    expect(chosen({}, ['n'], 'eu')).toBe('residency_unavailable')
  })

  test('by the context window that the prompt and the longest answer need', () => {
    const needed = tokensAtMost(request)
    const [fits, tooSmall] = [needed, needed - 1].map((contextTokens) => exampleRoute({ contextTokens }))
    if (!fits || !tooSmall) throw new Error('two routes')
    expect(chosen({ routes: [tooSmall, fits] })).toEqual([fits])
    expect(chosen({ routes: [tooSmall] })).toBe('too_long')
    expect(chosen({ routes: [{ ...fits, thinkingTokens: 1 }] })).toBe('too_long')
  })

  test('by data residency, even when only a route elsewhere has a large enough window', () => {
    expect(chosen({ routes: [{ ...near, contextTokens: 10 }, far] }, ['m'], 'eu')).toBe('too_long')
  })
})

describe('chooseRoutes orders routes', () => {
  test.each<[string, Partial<Routing>, Route[]]>([
    ['by the models and then by the catalog under the policy fixed', { policy: 'fixed' }, [far, near, best]],
    ['by the cost of this request under the policy cost', { policy: 'cost' }, [near, best, far]],
    ['best quality first under the policy quality', { policy: 'quality' }, [best, far, near]],
    [
      'fastest first under the policy latency',
      { policy: 'latency', latencyOf: (route) => (route === near ? 200 : route === far ? 900 : 300) },
      [near, best, far],
    ],
    [
      'without a measured latency first under the policy latency',
      { policy: 'latency', latencyOf: (route) => (route === best ? null : 200) },
      [best, far, near],
    ],
  ])('%s', (_, more, expected) => {
    expect(chosen(more)).toEqual(expected)
  })

  test('by the expected cost under the policy cost, where the highest possible cost says otherwise', () => {
    const cheapToRead = exampleRoute({ provider: 'reads', price: price('0.1', '0.5') })
    const cheapToWrite = exampleRoute({ provider: 'writes', price: price('0.2', '0.2') })
    const order = (expectedCompletionTokens: number) => {
      const routing: Routing = {
        routes: [cheapToWrite, cheapToRead],
        policy: 'cost',
        latencyOf: () => null,
        random: () => 0.5,
      }
      const asked = { ...request, expectedCompletionTokens }
      const routed = chooseRoutes(routing, { models: ['m'], residency: 'any', request: asked })
      return routed.ok && routed.routes
    }
    expect(order(100)).toEqual([cheapToRead, cheapToWrite])
    expect(order(900)).toEqual([cheapToWrite, cheapToRead])
  })

  test('by the alias when it names the models in another order than the catalog', () => {
    expect(chosen({}, ['n', 'm'])).toEqual([best, far, near])
  })
})

describe('chooseRoutes under the policy balanced', () => {
  const [a, b] = [exampleRoute({ provider: 'a' }), exampleRoute({ provider: 'b' })]
  const elsewhere = exampleRoute({ provider: 'c', modelId: 'n', weight: 100 })
  /** The share of draws in which the first provider comes first. The random numbers are spread evenly over a square. */
  const share = (pair: Route[], latencyOf: Routing['latencyOf'] = () => null) => {
    let drawn = 0
    const random = () => {
      const step = drawn % 2 === 0 ? 0.7548776662466927 : 0.5698402909980532
      return (0.5 + Math.floor(drawn++ / 2) * step) % 1
    }
    const firsts = Array.from(
      { length: 4000 },
      () => chosen({ routes: pair, policy: 'balanced', latencyOf, random })[0],
    )
    return firsts.filter((route) => typeof route === 'object' && route.provider === 'a').length / firsts.length
  }

  test('spreads over the routes of a model by their weights', () => {
    expect(share([a, b])).toBeCloseTo(0.5, 1)
    expect(share([{ ...a, weight: 3 }, b])).toBeCloseTo(0.75, 1)
    expect(share([{ ...a, weight: 99 }, b])).toBeGreaterThan(0.97)
  })

  test('gives a slow route less, and one that was not measured its usual part', () => {
    expect(share([a, b], (route) => (route.provider === 'a' ? 300 : 900))).toBeCloseTo(0.75, 1)
    expect(share([a, b], (route) => (route.provider === 'a' ? 300 : null))).toBeCloseTo(0.5, 1)
    expect(share([a, b], (route) => (route.provider === 'a' ? 0 : 1000))).toBeGreaterThan(0.97)
  })

  test('keeps the order of the models, whatever the weights of their routes are', () => {
    for (const drawn of [0, 0.3, 0.999999999]) {
      const more: Partial<Routing> = { routes: [elsewhere, a, b], policy: 'balanced', random: () => drawn }
      expect(chosen(more, ['m', 'n'])).toEqual([a, b, elsewhere])
      expect(chosen(more, ['n', 'm'])).toEqual([elsewhere, a, b])
    }
  })
})

const anyRoute = fc
  .record({
    provider: fc.constantFrom('a', 'b', 'c'),
    modelId: fc.constantFrom('m', 'n'),
    region: fc.constantFrom('eu', 'EU', 'europe', 'eu-west', 'us', 'global', ''),
    quality: fc.nat(3),
    contextTokens: fc.constantFrom(100, 2500, 100_000),
    price: fc.record({
      input_per_million: fc.constantFrom('0', '0.1', '5'),
      output_per_million: fc.constantFrom('0', '2'),
    }),
  })
  .map(exampleRoute)
const anyRouting = fc.record({
  routes: fc.array(anyRoute, { maxLength: 12 }),
  policy: fc.constantFrom(...routingPolicies),
  latencyOf: fc.func(fc.option(fc.nat(5))),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((drawn) => () => drawn),
})

describe('chooseRoutes with any catalog', () => {
  test('returns no route outside the EU under a residency of eu, with every policy', () => {
    fc.assert(
      fc.property(anyRouting, (routing) => {
        const routed = chooseRoutes(routing, { models: ['m', 'n'], residency: 'eu', request })
        if (routed.ok) for (const { region } of routed.routes) expect(region).toBe('eu')
        const inside = routing.routes.filter(({ region }) => region === 'eu')
        if (inside.length === 0) expect(routed.ok).toBe(false)
      }),
    )
  })

  test('returns the same routes under every policy, and keeps the order of equal routes', () => {
    fc.assert(
      fc.property(anyRouting, (routing) => {
        const requirements = { models: ['m', 'n'], residency: 'any', request } as const
        const [sorted, fixed] = [routing, { ...routing, policy: 'fixed' as const }].map((variant) => {
          const routed = chooseRoutes(variant, requirements)
          return routed.ok ? routed.routes : []
        })
        expect(new Set(sorted)).toEqual(new Set(fixed))
        const isEqual = (a: Route, b: Route) => a.quality === b.quality
        if (routing.policy === 'quality' && sorted && fixed)
          for (const route of sorted)
            expect(sorted.filter((other) => isEqual(other, route))).toEqual(
              fixed.filter((other) => isEqual(other, route)),
            )
      }),
    )
  })
})
