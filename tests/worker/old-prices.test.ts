import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { metric } from '../support/metrics.ts'
import { type System, startSystem } from '../support/system.ts'

const DAY_MS = 86_400_000
const dayBefore = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)
const priceOf = (as_of: string, currency = 'USD') => ({
  input_per_million: '1',
  output_per_million: '1',
  currency,
  as_of,
})
const message = 'prices of the catalog are more than 90 days old'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const start = async (prices: Record<string, ReturnType<typeof priceOf>>, rateOf = dayBefore(1)) => {
  const base_url = system.model.url
  const catalog = catalogOf({
    providers: { old: { base_url }, new: { base_url }, keyless: { base_url } },
    models: { 'acme/small': ['old', 'new', 'keyless'] },
    prices,
    rates: { EUR: { usd: '1.1', as_of: rateOf } },
  })
  return system.startWorker({ ...catalogEnv(system, catalog), KEYLESS_API_KEY: '' })
}
const warningsOf = (log: string) => log.split('\n').filter((line) => line.includes(message))
const age = (worker: { url: string }, provider: string) =>
  metric(worker, `recto_price_age_days{provider="${provider}",model="acme/small"}`)

test('an old price of a route with a key is one warning of the log, a metric and a column of the routes', async () => {
  const worker = await start({
    old: priceOf(dayBefore(91)),
    new: priceOf(dayBefore(90)),
    keyless: priceOf(dayBefore(400)),
  })
  await until(() => worker.log().includes(message), { what: 'the warning', timeoutMs: 30_000 })
  expect(warningsOf(worker.log()).map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', prices: 1, oldest: dayBefore(91), routes: ['old acme/small'] },
  ])
  expect(await Promise.all(['old', 'new', 'keyless'].map((name) => age(worker, name)))).toEqual([91, 90, undefined])
  const { rows } = await system.admin.query(
    `select provider, priced_on::text from operator.routes where provider in ('old', 'new', 'keyless') order by 1`,
  )
  expect(rows).toEqual([
    { provider: 'new', priced_on: dayBefore(90) },
    { provider: 'old', priced_on: dayBefore(91) },
  ])
  await worker.stop()
})

test('a price in another currency is as old as its rate, and a new catalog ends the warning', async () => {
  const prices = { old: priceOf(dayBefore(1), 'EUR'), new: priceOf(dayBefore(2)), keyless: priceOf(dayBefore(1)) }
  const stale = await start(prices, dayBefore(200))
  await until(() => stale.log().includes(message), { what: 'the warning', timeoutMs: 30_000 })
  expect([await age(stale, 'old'), await age(stale, 'new')]).toEqual([200, 2])
  await stale.stop()

  const fresh = await start(prices)
  await until(() => fresh.log().includes('started'), { what: 'the start', timeoutMs: 30_000 })
  expect(warningsOf(fresh.log())).toEqual([])
  expect(await age(fresh, 'old')).toBe(1)
})
