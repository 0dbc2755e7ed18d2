import { expect, it } from 'vitest'
import { exampleRoute } from '../testing/example-route.ts'
import { warnOfOldPrices } from './warn-of-old-prices.ts'

const now = Date.parse('2026-11-29')
const warnings = (...days: string[]) => {
  const said: unknown[] = []
  const routes = days.map((pricedOn, at) => exampleRoute({ model: `m${at}`, pricedOn }))
  warnOfOldPrices(routes, { warn: (fields: unknown) => said.push(fields) }, now)
  return said
}

it('names the routes whose prices are old, the oldest first, in one message', () => {
  expect(warnings('2026-08-30', '2025-11-01', '2026-11-28')).toEqual([
    { prices: 2, oldest: '2025-11-01', routes: ['acme m1', 'acme m0'] },
  ])
})

it('says nothing of prices that are 90 days old', () => {
  expect(warnings('2026-08-31', '2027-01-01')).toEqual([])
})

it('counts the old prices of which it names no more than 20', () => {
  expect(warnings(...Array.from({ length: 25 }, () => '2026-01-01'))).toMatchObject([
    { prices: 25, routes: { length: 20 } },
  ])
})
