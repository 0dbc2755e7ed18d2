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
  chooseRoutes({ routes, policy: 'fixed', latencyOf: () => null, ...more }, { models, residency, request })
const chosen = (...args: Parameters<typeof choose>) => {
  const routed = choose(...args)
  return routed.ok ? routed.routes : routed.code
}

describe('allowed are', () => {
  test('the routes of the models that were asked for', () => {
    expect(chosen({}, ['m'])).toEqual([far, near])
    expect(chosen({}, ['nothing'])).toBe('no_route_available')
    expect(chosen({ routes: [] })).toBe('no_route_available')
  })

  test('under a residency of eu those of the EU, or the run says why there are none', () => {
    expect(chosen({}, ['m', 'n'], 'eu')).toEqual([near])
    expect(chosen({}, ['n'], 'eu')).toBe('residency_unavailable')
  })

  test('those whose window holds the prompt and the longest answer', () => {
    const needed = tokensAtMost(request)
    const [fits, short] = [needed, needed - 1].map((contextTokens) => exampleRoute({ contextTokens }))
    if (!fits || !short) throw new Error('two routes')
    expect(chosen({ routes: [short, fits] })).toEqual([fits])
    expect(chosen({ routes: [short] })).toBe('too_long')
  })

  test('and a wide window elsewhere is no way around a residency', () => {
    expect(chosen({ routes: [{ ...near, contextTokens: 10 }, far] }, ['m'], 'eu')).toBe('too_long')
  })
})

describe('the order is', () => {
  test.each<[string, Partial<Routing>, Route[]]>([
    ['fixed: of the models, then of the catalog', { policy: 'fixed' }, [far, near, best]],
    ['by cost: the most that this request can cost', { policy: 'cost' }, [near, best, far]],
    ['by quality: the best first', { policy: 'quality' }, [best, far, near]],
    [
      'by latency: the fastest first',
      { policy: 'latency', latencyOf: (route) => (route === near ? 200 : route === far ? 900 : 300) },
      [near, best, far],
    ],
    [
      'by latency: what has not answered yet is tried before what has',
      { policy: 'latency', latencyOf: (route) => (route === best ? null : 200) },
      [best, far, near],
    ],
  ])('%s', (_, more, expected) => {
    expect(chosen(more)).toEqual(expected)
  })

  test('of an alias, in which the models stand otherwise than in the catalog', () => {
    expect(chosen({}, ['n', 'm'])).toEqual([best, far, near])
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
})

describe('whatever a catalog holds', () => {
  test('nothing outside the EU is chosen under a residency of eu, by no policy', () => {
    fc.assert(
      fc.property(anyRouting, (routing) => {
        const routed = chooseRoutes(routing, { models: ['m', 'n'], residency: 'eu', request })
        if (routed.ok) for (const { region } of routed.routes) expect(region).toBe('eu')
        const inside = routing.routes.filter(({ region }) => region === 'eu')
        if (inside.length === 0) expect(routed.ok).toBe(false)
      }),
    )
  })

  test('a policy orders and leaves nothing out; equal routes keep their order', () => {
    fc.assert(
      fc.property(anyRouting, (routing) => {
        const wanted = { models: ['m', 'n'], residency: 'any', request } as const
        const [sorted, fixed] = [routing, { ...routing, policy: 'fixed' as const }].map((one) => {
          const routed = chooseRoutes(one, wanted)
          return routed.ok ? routed.routes : []
        })
        expect(new Set(sorted)).toEqual(new Set(fixed))
        const equal = (one: Route, other: Route) => one.quality === other.quality
        if (routing.policy === 'quality' && sorted && fixed)
          for (const route of sorted)
            expect(sorted.filter((one) => equal(one, route))).toEqual(fixed.filter((one) => equal(one, route)))
      }),
    )
  })
})
