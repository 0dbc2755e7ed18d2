import { until } from '@recto/local/until'
import { deploymentAccount } from '@recto/shared/account-id'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whenOver, whenStatus } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { type BudgetSystem, startBudgetSystem } from './budget-system.ts'

const AT_ONCE = 200

let budget: BudgetSystem
let system: BudgetSystem['system']
let api: BudgetSystem['api']
let workers: BudgetSystem['workers']
let workerEnv: BudgetSystem['workerEnv']
beforeAll(async () => {
  budget = await startBudgetSystem()
  ;({ system, api, workers, workerEnv } = budget)
})
afterAll(() => budget?.stop())

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
  budget.rowOf<Spending>(
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

const deadlocks = async () =>
  (
    await budget.rowOf<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    )
  ).deadlocks

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
    ids = await budget.submitMany(person, AT_ONCE)
  })

  test('is never exceeded while workers are killed, and no reservation is left', async () => {
    const before = await deadlocks()
    const killAt = [0.1, 0.4]
    let most = 0
    await budget.whenAllOver(ids, async () => {
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

    const ends = await budget.outcomesOf(ids)
    expect(Object.keys(ends).toSorted()).toEqual(['failed budget_exceeded', 'succeeded'])
    // How much killed workers use up depends on how many of the open calls were theirs. The rest becomes successes.
    const { lost } = await budget.rowOf<{ lost: number }>(
      `select coalesce(sum(cost_usd), 0)::float8 as lost from public.ai_calls where account_id = $1 and outcome = 'worker_lost'`,
      [person.id],
    )
    expect(ends.succeeded).toBeGreaterThanOrEqual(Math.floor((spending.spent - lost) / dearest))
    expect(await deadlocks()).toBe(before)
  })

  test('counts a cost for every call of a killed worker', async () => {
    const lost = await budget.rowOf<{ count: number; free: number }>(
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
    expect(await budget.submitToApi(person)).toEqual([402, 'budget_exceeded'])
    expect(await budget.insertDirectly(person)).toEqual([402, 'PT402'])

    await system.admin.query('update public.plans set monthly_budget_usd = 1.1 where name = $1', [plan])
    expect(await budget.insertDirectly(person)).toEqual([201, undefined])
    const [id = ''] = await budget.submitMany(person, 1)
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded' })
    expect(await alertsOf(person.id)).toEqual([80, 90, 100])
  })
})

test('the budget of the deployment limits all accounts together, even if it is set in mid-month', async () => {
  const people = await Promise.all([1, 2, 3].map(() => system.person(api)))
  for (const { id } of people) await givePlan(system, id, {})
  system.model.setScript([
    { cost: '0.0099', times: 5, latency_ms: 3_000 },
    { cost: '0.0099', latency_ms: 200 },
  ])
  const before = (await spendingOf(deploymentAccount)).spent
  // Some generations run already when the budget is set.
  const early = await budget.submitMany(people[0] as TestPerson, 5)
  await whenStatus(system, early[0] ?? '', ['running'])
  await system.admin.query('update recto.settings set monthly_budget_usd = $1::numeric', [(before + 0.3).toFixed(8)])
  const rest = await Promise.all(people.map((person) => budget.submitMany(person, 15)))
  const ids = [...early, ...rest.flat()]
  await budget.whenAllOver(ids, async () => {
    expect((await spendingOf(deploymentAccount)).committed).toBeLessThanOrEqual(before + 0.3)
  })
  const spending = await spendingOf(deploymentAccount)
  expect(spending).toMatchObject({ spent_is_sum: true, unsettled: 0, reserved: expect.stringMatching(/^0(\.0+)?$/) })
  expect(spending.spent).toBeGreaterThan(before + 0.3 - spending.max_reserved)
  expect(Object.keys(await budget.outcomesOf(ids)).toSorted()).toEqual(['failed budget_exceeded', 'succeeded'])
  expect(await alertsOf(deploymentAccount)).toEqual([80, 90, 100])
  const newcomer = await system.person(api)
  expect(await budget.insertDirectly(newcomer)).toEqual([402, 'PT402'])

  // Spending is recorded without a budget too, so that a later budget starts from correct sums.
  await system.admin.query('update recto.settings set monthly_budget_usd = null')
  const more = await budget.submitMany(newcomer, 3)
  await budget.whenAllOver(more)
  expect(await spendingOf(deploymentAccount)).toMatchObject({
    spent_is_sum: true,
    reserved: expect.stringMatching(/^0(\.0+)?$/),
  })
})
