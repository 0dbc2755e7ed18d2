import { parseCatalog } from '@recto/shared/catalog'
import { describe, expect, it } from 'vitest'
import { routesOf } from '../llm/route.ts'
import { compareRoute, needsLook } from './compare.ts'
import { readList } from './read-list.ts'

const price = { input_per_million: '0.05', output_per_million: '0.20', currency: 'USD', as_of: '2025-11-01' }
const routeWith = (more: object = {}) => {
  const catalog = parseCatalog({
    providers: { acme: { base_url: 'https://acme.example/v1', region: 'eu', key_variable: 'ACME_API_KEY' } },
    rates: { EUR: { usd: '1.25', as_of: '2026-01-01' } },
    models: [{ id: 'acme/small', quality: 1, context_tokens: 1000, routes: [{ provider: 'acme', price, ...more }] }],
    aliases: { balanced: ['acme/small'] },
  })
  const [route] = routesOf(catalog, { firstTokenMs: 1, gapMs: 1, totalMs: 1 })
  if (!route) throw new Error('no route')
  return route
}
const listOf = (entry: object, has_more = false) =>
  readList(JSON.stringify({ data: [{ id: 'acme/small', ...entry }], has_more }))
const pricing = (prompt: string, completion: string) => ({ pricing: { prompt, completion } })

describe('a route beside the list of its provider', () => {
  it.each<[string, object, string, boolean, boolean]>([
    ['the same price', pricing('5e-8', '2e-7'), 'equal', true, false],
    ['the same price and window', { ...pricing('5e-8', '2e-7'), context_length: 1000 }, 'equal', true, false],
    ['the same price and another window', { ...pricing('5e-8', '2e-7'), context_length: 2000 }, 'changed', true, true],
    ['a price ten times as high', pricing('5e-7', '2e-6'), 'changed', true, false],
    ['a price more than ten times as high', pricing('5.01e-7', '2e-7'), 'suspicious', false, false],
    ['an output more than ten times as dear', pricing('5e-8', '2.01e-6'), 'suspicious', false, false],
    ['a price of a tenth', pricing('5e-9', '2e-8'), 'changed', true, false],
    ['a price of less than a tenth', pricing('4.9e-9', '2e-8'), 'suspicious', false, false],
    ['a free model, for which no budget would hold', pricing('0', '0'), 'suspicious', false, false],
    ['a window a tenth as large', { context_length: 100 }, 'no_price', false, true],
    ['a window that fits nothing', { ...pricing('5e-8', '2e-7'), context_length: 1 }, 'suspicious', true, false],
    ['no price', {}, 'no_price', false, false],
    ['a negative price', pricing('-1', '-1'), 'invalid_price', false, false],
  ])('with %s', (_, entry, result, takesPrice, takesWindow) => {
    const compared = compareRoute(routeWith(), listOf(entry), false)
    expect([compared.result, compared.takes_price, compared.takes_window]).toEqual([result, takesPrice, takesWindow])
    expect(needsLook(compared)).toBe(result === 'suspicious' || result === 'invalid_price')
  })

  it('takes what an operator accepts, but no price that is no amount', () => {
    const dear = { ...pricing('1e-4', '1e-4'), context_length: 1 }
    expect(compareRoute(routeWith(), listOf(dear), true)).toMatchObject({
      result: 'changed',
      listed_price: { input_per_million: '100', output_per_million: '100' },
      takes_price: true,
      takes_window: true,
      remarks: [],
    })
    expect(compareRoute(routeWith(), listOf(pricing('-1', '0')), true).takes_price).toBe(false)
  })

  it('is compared in USD', () => {
    const euros = routeWith({
      price: { ...price, input_per_million: '0.04', output_per_million: '0.16', currency: 'EUR' },
    })
    expect(compareRoute(euros, listOf(pricing('5e-8', '2e-7')), false).result).toBe('equal')
  })

  it('says what the provider calls the model, until when it serves it, and what is listed instead of it', () => {
    const list = readList(
      JSON.stringify({
        data: [
          { id: 'acme/small-2', canonical_slug: 'acme/small', expiration_date: '2027-02-01' },
          { id: 'acme/tiny-9' },
        ],
      }),
    )
    expect(compareRoute(routeWith(), list, false).remarks).toEqual([
      "the provider lists it as acme/small-2: change the route's model",
      'the provider serves it until 2027-02-01',
    ])
    expect(compareRoute(routeWith({ model: 'acme/tiny' }), list, false)).toMatchObject({
      result: 'unlisted',
      remarks: ["the provider's list has no acme/tiny: it has acme/tiny-9"],
    })
  })

  it('says when no request would be served at the new price', () => {
    const extra = { provider: { max_price: { prompt: 0.1, completion: 0.6 } } }
    const capped = routeWith({ quirks: { extra } })
    expect(compareRoute(capped, listOf(pricing('1e-7', '2e-7')), false).remarks).toEqual([])
    expect(compareRoute(capped, listOf(pricing('1.1e-7', '2e-7')), false).remarks).toEqual([
      'the price is above max_price in the quirks of the catalog: raise it, or no request is served',
    ])
  })

  it('is unread without a list, and when another page may have it', () => {
    expect(compareRoute(routeWith(), null, false)).toMatchObject({ result: 'unread', remarks: [] })
    const other = routeWith({ model: 'acme/elsewhere' })
    expect(compareRoute(other, listOf({}, true), false).result).toBe('unread')
    expect(compareRoute(routeWith(), listOf({}, true), false).result).toBe('no_price')
  })
})
