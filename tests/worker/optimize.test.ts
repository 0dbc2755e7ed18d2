import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { parseCatalog } from '@recto/shared/catalog'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv } from '../support/catalog.ts'
import { generation, whenOver } from '../support/generations.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'

const names = ['usual', 'cheap', 'good'] as const

let system: System
let submitter: Submitter
let servers: ModelServer[]
beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  servers = await Promise.all(names.map((name) => startModelServer({ name })))
  const prices = { usual: '1', cheap: '0.1', good: '5' }
  const catalog = parseCatalog({
    providers: Object.fromEntries(
      names.map((name, at) => [
        name,
        { base_url: servers[at]?.url, region: 'global', key_variable: `${name.toUpperCase()}_API_KEY` },
      ]),
    ),
    models: names.map((name) => ({
      id: name,
      quality: name === 'good' ? 90 : 50,
      context_tokens: 100_000,
      routes: [
        {
          provider: name,
          price: {
            input_per_million: prices[name],
            output_per_million: prices[name],
            currency: 'USD',
            as_of: '2026-01-01',
          },
        },
      ],
    })),
    aliases: { balanced: [...names] },
  })
  await system.startWorker({ ...catalogEnv(system, catalog), RECTO_CACHE_TTL_SECONDS: '600' })
})
afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.stop()))
  await system?.stop()
})

const providerOf = async (id: string) => {
  await whenOver(system, id)
  return (await generation(system, id)).ai_metadata.provider
}

test('a request for the fastest route measures those that nobody has measured, and then goes to the fastest', async () => {
  const person = await system.person()
  for (const server of servers.slice(0, 2)) server.setScript([{ latency_ms: 300 }])
  const served = []
  for (let n = 0; n < 4; n++) served.push(await providerOf(await submitter.submit(person, { optimize: 'latency' })))
  expect(served).toEqual(['usual', 'cheap', 'good', 'good'])
  for (const server of servers) server.setScript([])
})

test('a request is served by the cheapest, the best or the usual route, as it asks, and a request with another wish misses its result in the cache', async () => {
  const person = await system.person()
  const usual = await submitter.submit(person)
  expect(await providerOf(usual)).toBe('usual')
  const { source_text } = await generation(system, usual)
  const cheap = await submitter.submit(person, { source_text, optimize: 'cost' })
  expect(await providerOf(cheap)).toBe('cheap')
  const good = await submitter.submit(person, { source_text, optimize: 'quality' })
  expect(await providerOf(good)).toBe('good')
  const again = await submitter.submit(person, { source_text, optimize: 'quality' })
  await whenOver(system, again)
  expect((await generation(system, again)).ai_metadata).toMatchObject({ cached: true })
})

test('when the best route of a request fails, the other routes are asked', async () => {
  const [, , good] = servers
  good?.setScript([{ status: 500, body: { error: { message: 'no' } } }])
  const id = await submitter.submit(await system.person(), { optimize: 'quality' })
  expect(await providerOf(id)).toBe('usual')
  good?.setScript([])
})

test('an account that is throttled is served by the cheapest route, whatever its request asks for', async () => {
  const person = await system.person()
  await givePlan(system, person.id, { throttle: true, monthly_budget_usd: '1.00' })
  await system.admin.query(
    'insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now()), 0.95)',
    [person.id],
  )
  const id = await submitter.submit(person, { optimize: 'quality' })
  expect(await providerOf(id)).toBe('cheap')
})
