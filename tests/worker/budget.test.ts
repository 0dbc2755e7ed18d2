import { until } from '@recto/local/until'
import { deploymentAccount } from '@recto/shared/account-id'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, jobs, whenOver, whenStatus } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const AT_ONCE = 200

let system: System
let submitter: Submitter
let api: Service
let workers: Service[]
let workerEnv: Record<string, string>

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  // A call of the model `usual` reserves 0.010 to 0.012 USD. A call of the model `dear` exceeds a budget of 0.025 unless
  // it asks for one card. No call of the model `luxury` fits into any budget here.
  const catalog = catalogOf({
    providers: {
      first: { base_url: system.model.url },
      dear: { base_url: system.model.url },
      luxury: { base_url: system.model.url },
    },
    models: { usual: ['first'], dear: ['dear'], luxury: ['luxury'] },
    aliases: { best: ['luxury', 'dear', 'usual'] },
    prices: {
      first: { input_per_million: '0.3', output_per_million: '2.3', currency: 'USD', as_of: '2026-01-01' },
      dear: { input_per_million: '1.5', output_per_million: '11.5', currency: 'USD', as_of: '2026-01-01' },
      luxury: { input_per_million: '300', output_per_million: '1200', currency: 'USD', as_of: '2026-01-01' },
    },
  })
  workerEnv = { ...catalogEnv(system, catalog), WORKER_SLOTS: '100' }
  api = await system.startApi({ RECTO_MODELS: workerEnv.RECTO_MODELS ?? '' })
  workers = await Promise.all([system.startWorker(workerEnv), system.startWorker(workerEnv)])
})
afterAll(() => system?.stop())

const rowOf = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row> => {
  const { rows } = await system.admin.query<Row>(text, values)
  const [row] = rows
  if (!row) throw new Error('there is no such row')
  return row
}

type Spending = {
  spent: number
  committed: number
  max_reserved: number
  unsettled: number
  spent_is_sum: boolean
  reserved: string
}

/** Sums over the calls of an account, or over all calls, next to the sums in recto.spending. */
const spendingOf = (account: string) =>
  rowOf<Spending>(
    `select coalesce(sum(c.cost_usd), 0)::float8 as spent, coalesce(sum(coalesce(c.cost_usd, c.reserved_usd)), 0)::float8 as committed,
      coalesce(max(c.reserved_usd), 0)::float8 as max_reserved, (count(*) filter (where c.cost_usd is null))::integer as unsettled,
      coalesce(sum(c.cost_usd), 0) = coalesce(max(s.spent_usd), 0) as spent_is_sum, coalesce(max(s.reserved_usd), 0)::text as reserved
    from public.ai_calls c left join recto.spending s on s.account_id = $1 and s.month = recto.month_of(now())
    where c.account_id = $1 or $1 = '${deploymentAccount}'`,
    [account],
  )

const alertsOf = async (account: string) => {
  const text = 'select threshold from public.budget_alerts where account_id = $1 order by threshold'
  return (await system.admin.query<{ threshold: number }>(text, [account])).rows.map(({ threshold }) => threshold)
}

const submitMany = (person: TestPerson, count: number, model = 'usual') =>
  submitter.submitAll(
    person,
    Array.from({ length: count }, () => ({ model, source_text: newText({ length: 1000 }) })),
  )

const whenAllOver = (ids: string[], meanwhile: () => Promise<unknown> = async () => undefined) =>
  until(
    async () => {
      await meanwhile()
      const live = 'select from public.ai_generations where id = any ($1) and finished_at is null'
      return (await system.admin.query(live, [ids])).rowCount === 0
    },
    // Says nothing about speed: jobs of killed workers wait for half a minute on a machine with other work.
    { what: 'the end of all generations', timeoutMs: 120_000, everyMs: 50 },
  )

const outcomesOf = async (ids: string[]) => {
  const { rows } = await system.admin.query<{ ended: string; count: number }>(
    `select concat_ws(' ', status, error->>'code') as ended, count(*)::integer from public.ai_generations where id = any ($1) group by 1`,
    [ids],
  )
  return Object.fromEntries(rows.map(({ ended, count }) => [ended, count]))
}

const submitToApi = async (person: TestPerson, model = 'usual') => {
  const answer = await person.submit({ source_text: newText(), model })
  const { code } = (await answer.json()) as { code?: string }
  return [answer.status, code]
}
const insertDirectly = async (person: TestPerson, model = 'usual') => {
  const { status, error } = await person.client.from('ai_generations').insert({ source_text: newText(), model })
  return [status, error?.code]
}

const deadlocks = async () =>
  (await rowOf<{ deadlocks: string }>('select deadlocks from pg_stat_database where datname = current_database()'))
    .deadlocks

const dearest = 0.0099

/** What answers cost: some less and some more than usual, but never more than the reservation of their call. */
const costs = [
  { share: 0.4, cost: '0.0021' },
  { share: 0.3, cost: '0.00654321' },
  { share: 0.3, cost: String(dearest) },
]

describe('a budget of 1.00 USD for 200 generations at once', () => {
  let person: TestPerson
  let ids: string[]
  let plan: string

  beforeAll(async () => {
    person = await system.person(api)
    plan = await givePlan(system, person.id, { monthly_budget_usd: '1.00' })
    system.model.setScript(costs.map((step) => ({ ...step, latency_ms: 100, chunk_gap_ms: 100 })))
    ids = await submitMany(person, AT_ONCE)
  })

  test('is never exceeded while workers are killed, and no reservation is left', async () => {
    const before = await deadlocks()
    const killAt = [0.1, 0.4]
    let most = 0
    await whenAllOver(ids, async () => {
      const { spent, committed } = await spendingOf(person.id)
      most = Math.max(most, committed)
      if (spent < (killAt[0] ?? Number.POSITIVE_INFINITY)) return
      killAt.shift()
      workers.shift()?.kill('SIGKILL')
      workers.push(await system.startWorker(workerEnv, { ready: false }))
    })
    expect(killAt).toEqual([])
    expect(most).toBeLessThanOrEqual(1)

    await until(async () => (await spendingOf(person.id)).unsettled === 0, { what: 'settlement', timeoutMs: 30_000 })
    const spending = await spendingOf(person.id)
    expect(spending).toMatchObject({ spent_is_sum: true, reserved: expect.stringMatching(/^0(\.0+)?$/) })
    expect(spending.spent).toBeLessThanOrEqual(1)
    // The generations used the budget up: the rest is too small for another call.
    expect(spending.spent).toBeGreaterThan(1 - spending.max_reserved)
    expect(spending.max_reserved).toBeLessThan(0.012)
    expect(system.model.requests.filter(({ finishedAt }) => finishedAt === null)).toEqual([])

    const ends = await outcomesOf(ids)
    expect(Object.keys(ends).toSorted()).toEqual(['failed budget_exceeded', 'succeeded'])
    // How much killed workers use up depends on how many of the open calls were theirs. The rest becomes successes.
    const { lost } = await rowOf<{ lost: number }>(
      `select coalesce(sum(cost_usd), 0)::float8 as lost from public.ai_calls where account_id = $1 and outcome = 'worker_lost'`,
      [person.id],
    )
    expect(ends.succeeded).toBeGreaterThanOrEqual(Math.floor((spending.spent - lost) / dearest))
    expect(await deadlocks()).toBe(before)
  })

  test('counts a cost for every call of a killed worker', async () => {
    const lost = await rowOf<{ count: number; free: number }>(
      `select count(*)::integer, (count(*) filter (where cost_usd = 0))::integer as free from public.ai_calls
      where account_id = $1 and outcome = 'worker_lost'`,
      [person.id],
    )
    expect(lost).toEqual({ count: expect.any(Number), free: 0 })
    expect(lost.count).toBeGreaterThan(0)
  })

  test('creates one alert for each threshold', async () => {
    expect(await alertsOf(person.id)).toEqual([80, 90, 100])
  })

  test('denies submissions to the API and direct inserts once it is used up, until it is raised', async () => {
    expect(await submitToApi(person)).toEqual([402, 'budget_exceeded'])
    expect(await insertDirectly(person)).toEqual([402, 'PT402'])

    await system.admin.query('update public.plans set monthly_budget_usd = 1.1 where name = $1', [plan])
    expect(await insertDirectly(person)).toEqual([201, undefined])
    const [id = ''] = await submitMany(person, 1)
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded' })
    expect(await alertsOf(person.id)).toEqual([80, 90, 100])
  })
})

test('over_budget "wait" defers generations to the next month, and fails one that can never fit', async () => {
  const person = await system.person(api)
  const plan = await givePlan(system, person.id, { monthly_budget_usd: '0.025', over_budget: 'wait' })
  system.model.setScript([{ cost: '0.0099' }])
  const long = newText({ length: 4000, marker: 'Straßenbahn' })
  for (const source_text of [long, newText({ length: 1000 })]) {
    // A block holds for texts of at least its size, so the shorter text is tried as well.
    const dear = await submitter.submit(person, { model: 'dear', source_text })
    expect(await whenOver(system, dear)).toMatchObject({ status: 'failed', error: { code: 'budget_exceeded' } })
    const unfit = `select bytes::text from recto.budget_blocks where account_id = $1 and model = 'dear'`
    expect(await rowOf(unfit, [person.id])).toEqual({ bytes: String(Buffer.byteLength(source_text)) })
  }
  // A model that is too expensive does not block other models.
  expect(await submitToApi(person, 'dear')).toEqual([403, 'plan_limit'])
  const announced = 'select reason, threshold from public.budget_alerts where account_id = $1'
  expect((await system.admin.query(announced, [person.id])).rows).toEqual([
    { reason: 'exceeds_budget', threshold: 100 },
  ])

  const ids = await submitMany(person, 4)
  const late = `select abs(extract(epoch from j.start_after - (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC'))::float8 as off, g.id
    from public.ai_generations g join pgboss.job j using (id)
    where g.id = any ($1) and g.status = 'pending' and j.start_after > now() + interval '1 minute'`
  const deferred = async () => (await system.admin.query<{ id: string; off: number }>(late, [ids])).rows
  await until(async () => (await deferred()).length === 2, { what: 'two deferred generations', timeoutMs: 20_000 })
  for (const { id, off } of await deferred()) {
    expect(off).toBeLessThan(5)
    expect((await jobs(system, id))[0]).toMatchObject({ retry_count: 0 })
    expect(await calls(system, id)).toEqual([])
  }
  expect(await outcomesOf(ids)).toMatchObject({ succeeded: 2 })
  expect(await insertDirectly(person)).toEqual([402, 'PT402'])

  // After the budget is raised, the generations do not wait for the next month.
  await system.admin.query('update public.plans set monthly_budget_usd = 1 where name = $1', [plan])
  await whenAllOver(ids)
  expect(await outcomesOf(ids)).toEqual({ succeeded: 4 })
})

test('a model of which no request of the kind fits into the budget of the plan is denied with that reason before it costs a place', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { monthly_budget_usd: '0.5' })
  const answer = await person.submit({ source_text: newText(), model: 'luxury' })
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({
    code: 'plan_limit',
    detail: expect.stringMatching(
      /^This request to luxury needs at least [\d.]+ USD, .* budget for a month is 0.5 USD.$/,
    ),
    limit: { name: 'model_cost', model: 'luxury', budget_usd: '0.5', least_usd: expect.stringMatching(/^[4-9]\.\d+$/) },
  })
  expect(await insertDirectly(person, 'luxury')).toEqual([403, 'PT403'])
  // A short chat fits into that budget, and into this one no request of any kind.
  await givePlan(system, person.id, { monthly_budget_usd: '0.01' })
  const models = await person.api('/api/ai/models')
  const { data } = (await models.json()) as { data: { id: string; allowed: boolean }[] }
  expect(data.map(({ id, allowed }) => [id, allowed])).toEqual([
    ['usual', true],
    ['dear', true],
    ['luxury', false],
  ])
  expect((await system.admin.query('select from recto.admissions where account_id = $1', [person.id])).rowCount).toBe(0)
})

test('a request that no month of the plan can pay is denied as such, by the dry run and by a submission', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { monthly_budget_usd: '0.025' })
  // The same model is paid for when one card is wanted.
  const body = { source_text: newText({ length: 1000 }), model: 'dear' }
  const dry = async (options: object) => {
    const answer = await person.api('/api/ai/generations?dry_run=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, options }),
    })
    return ((await answer.json()) as { data: { would_be: string } }).data.would_be
  }
  expect([await dry({}), await dry({ max_cards: 1 })]).toEqual(['plan_limit', 'accepted'])
  const denied = await person.submit(body)
  expect([denied.status, denied.headers.get('retry-after')]).toEqual([403, null])
  const { code, limit } = (await denied.json()) as { code: string; limit: { least_usd: string } }
  expect([code, limit]).toEqual(['plan_limit', expect.objectContaining({ name: 'model_cost', budget_usd: '0.025' })])
  expect(Number(limit.least_usd)).toBeGreaterThan(0.025)
  // A direct insert learns it from its generation, and the next one before it is stored.
  const id = await submitter.submit(person, body)
  expect(await whenOver(system, id)).toMatchObject({
    status: 'failed',
    error: {
      code: 'budget_exceeded',
      message: expect.stringMatching(/may cost .* and the budget of a month is 0.025 USD/),
    },
  })
  expect(await calls(system, id)).toEqual([])
  expect(await insertDirectly(person, 'dear')).toEqual([403, 'PT403'])
  expect((await person.submit({ ...body, options: { max_cards: 1 } })).status).toBe(202)
})

test('an alias asks the first of its models that the budget can pay', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { monthly_budget_usd: '0.025' })
  system.model.setScript([{ cost: '0.0021' }])
  const submitted = await person.submit({ source_text: newText({ length: 1000 }), model: 'best' })
  expect(submitted.status).toBe(202)
  const { generation_id } = (await submitted.json()) as { generation_id: string }
  expect(await whenOver(system, generation_id)).toMatchObject({ status: 'succeeded', ai_metadata: { model: 'usual' } })
  expect((await calls(system, generation_id)).map(({ provider }) => provider)).toEqual(['first'])
})

test('the budget of the deployment limits all accounts together, even if it is set in mid-month', async () => {
  const people = await Promise.all([1, 2, 3].map(() => system.person(api)))
  for (const { id } of people) await givePlan(system, id, {})
  system.model.setScript([{ cost: '0.0099', latency_ms: 200 }])
  const before = (await spendingOf(deploymentAccount)).spent
  // Some generations run already when the budget is set.
  const early = await submitMany(people[0] as TestPerson, 5)
  await whenStatus(system, early[0] ?? '', ['running'])
  await system.admin.query('update recto.settings set monthly_budget_usd = $1::numeric', [(before + 0.3).toFixed(8)])
  const rest = await Promise.all(people.map((person) => submitMany(person, 15)))
  const ids = [...early, ...rest.flat()]
  await whenAllOver(ids, async () => {
    expect((await spendingOf(deploymentAccount)).committed).toBeLessThanOrEqual(before + 0.3)
  })
  const spending = await spendingOf(deploymentAccount)
  expect(spending).toMatchObject({ spent_is_sum: true, unsettled: 0, reserved: expect.stringMatching(/^0(\.0+)?$/) })
  expect(spending.spent).toBeGreaterThan(before + 0.3 - spending.max_reserved)
  expect(Object.keys(await outcomesOf(ids)).toSorted()).toEqual(['failed budget_exceeded', 'succeeded'])
  expect(await alertsOf(deploymentAccount)).toEqual([80, 90, 100])
  const newcomer = await system.person(api)
  expect(await insertDirectly(newcomer)).toEqual([402, 'PT402'])

  // Spending is recorded without a budget too, so that a later budget starts from correct sums.
  await system.admin.query('update recto.settings set monthly_budget_usd = null')
  const more = await submitMany(newcomer, 3)
  await whenAllOver(more)
  expect(await spendingOf(deploymentAccount)).toMatchObject({
    spent_is_sum: true,
    reserved: expect.stringMatching(/^0(\.0+)?$/),
  })
})
