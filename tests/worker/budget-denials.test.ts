import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calls, jobs, whenOver } from '../support/generations.ts'
import { givePlan } from '../support/plan.ts'
import { newText } from '../support/text.ts'
import { type BudgetSystem, startBudgetSystem } from './budget-system.ts'

let budget: BudgetSystem
let system: BudgetSystem['system']
let submitter: BudgetSystem['submitter']
let api: BudgetSystem['api']
beforeAll(async () => {
  budget = await startBudgetSystem()
  ;({ system, submitter, api } = budget)
})
afterAll(() => budget?.stop())

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
    expect(await budget.rowOf(unfit, [person.id])).toEqual({ bytes: String(Buffer.byteLength(source_text)) })
  }
  // A model that is too expensive does not block other models.
  expect(await budget.submitToApi(person, 'dear')).toEqual([403, 'plan_limit'])
  const announced = 'select reason, threshold from public.budget_alerts where account_id = $1'
  expect((await system.admin.query(announced, [person.id])).rows).toEqual([
    { reason: 'exceeds_budget', threshold: 100 },
  ])

  const ids = await budget.submitMany(person, 4)
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
  expect(await budget.outcomesOf(ids)).toMatchObject({ succeeded: 2 })
  expect(await budget.insertDirectly(person)).toEqual([402, 'PT402'])

  // After the budget is raised, the generations do not wait for the next month.
  await system.admin.query('update public.plans set monthly_budget_usd = 1 where name = $1', [plan])
  await budget.whenAllOver(ids)
  expect(await budget.outcomesOf(ids)).toEqual({ succeeded: 4 })
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
  expect(await budget.insertDirectly(person, 'luxury')).toEqual([403, 'PT403'])
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
  await givePlan(system, person.id, { monthly_budget_usd: '0.0250' })
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
  expect(await budget.insertDirectly(person, 'dear')).toEqual([403, 'PT403'])
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

test('a call that a budget refuses costs a worker no connection', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { monthly_budget_usd: '0.025' })
  system.model.setScript([{ cost: '0.0099' }])
  const opened = async () => {
    const text = 'select sessions::integer as count from pg_stat_database where datname = current_database()'
    return (await budget.rowOf<{ count: number }>(text)).count
  }
  const before = await opened()
  const ids = await budget.submitMany(person, 80)
  await budget.whenAllOver(ids)
  const refused = (await budget.outcomesOf(ids))['failed budget_exceeded'] ?? 0
  expect(refused).toBeGreaterThan(70)
  // Both workers and the submitter may have opened all that they are allowed.
  expect((await opened()) - before).toBeLessThan(40)
})

test('amounts of a budget have no trailing zeros, in the limits, in a denial and in the personal data', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { monthly_budget_usd: '0.0500' })
  const spend = `insert into recto.spending (account_id, month, spent_usd, reserved_usd)
    values ($1, recto.month_of(now()), 0.0400100, 0.0099900000)`
  await system.admin.query(spend, [person.id])
  await system.admin.query(
    `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
      values ($1, recto.month_of(now()), 80, 0.0500, 0.0400100)`,
    [person.id],
  )
  const { data } = (await (await person.api('/api/ai/limits')).json()) as { data: { name: string }[] }
  expect(data.find(({ name }) => name === 'budget')).toMatchObject({ limit: '0.05', used: '0.04001', remaining: '0' })

  await system.admin.query('update recto.spending set spent_usd = 0.0500100 where account_id = $1', [person.id])
  const denied = await person.submit()
  expect(await denied.json()).toMatchObject({
    code: 'budget_exceeded',
    detail: expect.stringContaining('has spent 0.05001 of 0.05 USD'),
    limit: { budget_usd: '0.05', spent_usd: '0.05001' },
  })

  const lines = (await (await person.api('/api/ai/data')).text()).trim().split('\n')
  const exported = (type: string) => lines.map((line) => JSON.parse(line)).find((line) => line.type === type)?.data
  expect(exported('spending')).toMatchObject({ spent_usd: '0.05001', reserved_usd: '0.00999' })
  expect(exported('alert')).toMatchObject({ budget_usd: '0.05', spent_usd: '0.04001' })
})
