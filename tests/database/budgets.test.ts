import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offerNames } from '../support/offer.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(2)
  await offerNames(system, { models: ['usual', 'cheap'] })
})
afterAll(() => system?.stop())

const budget = async (plan: string, usd: number) =>
  system.admin.query('update public.plans set monthly_budget_usd = $2 where name = $1', [plan, usd])

/** Adds a person with a budget of 1 USD a month. */
const personWithBudget = async () => {
  const person = await system.person()
  return { person, plan: await givePlan(system, person.id, { monthly_budget_usd: '1' }) }
}

/** Records a call with its reservation. Returns a function that settles the call at a cost. */
const startCall = async ({ id }: TestPerson, started = 'now()') => {
  const { rows } = await system.admin.query<{ id: string }>(
    `insert into public.ai_calls (user_id, account_id, attempt, provider, model, reserved_usd, started_at)
     values ($1, $1, 1, 'lab', 'm', 0.01, ${started}) returning id`,
    [id],
  )
  return (usd: number) =>
    system.admin.query('update public.ai_calls set cost_usd = $2 where id = $1', [rows[0]?.id, usd])
}
const spend = async (person: TestPerson, usd: number) => (await startCall(person))(usd)

/** Blocks a model for texts of at least `bytes` bytes, as a worker does when a call does not fit. */
const block = ({ id }: TestPerson, neededUsd: number, bytes: number, model = 'usual') =>
  worker.query('select recto.block_model($1, $2, $3, $4)', [id, model, neededUsd, bytes])

const submit = async ({ client }: TestPerson, length: number, model = 'usual') =>
  (await client.from('ai_generations').insert({ source_text: newText({ length }).slice(0, length), model })).status

const alertsOf = async ({ id }: TestPerson) => {
  const text = `select threshold from public.budget_alerts where account_id = $1 and reason = 'spent' order by threshold`
  return (await system.admin.query<{ threshold: number }>(text, [id])).rows.map(({ threshold }) => threshold)
}

describe('a call that does not fit into the budget', () => {
  it('blocks texts of at least its length, for the same model only', async () => {
    const { person } = await personWithBudget()
    await spend(person, 0.5)
    await block(person, 0.6, 5000)
    expect(await submit(person, 4999)).toBe(201)
    expect(await submit(person, 5000)).toBe(402)
    expect(await submit(person, 9000, 'cheap')).toBe(201)
    // The shortest text that did not fit decides.
    await block(person, 0.55, 3000)
    await block(person, 0.7, 8000)
    expect(await submit(person, 2999)).toBe(201)
    expect(await submit(person, 3000)).toBe(402)
  })

  it('blocks nothing under a larger budget, while a block under the larger budget holds for smaller ones', async () => {
    const { person, plan } = await personWithBudget()
    await spend(person, 0.5)
    await block(person, 0.6, 3000)
    await budget(plan, 2)
    expect(await submit(person, 4000)).toBe(201)
    await block(person, 1.9, 9000)
    expect([await submit(person, 4000), await submit(person, 9000)]).toEqual([201, 402])
    await budget(plan, 1)
    // What 1.90 USD were needed for is more than a whole month has now, so that the next month would not help.
    expect([await submit(person, 4000), await submit(person, 9000)]).toEqual([201, 403])
    await block(person, 0.7, 9500)
    expect(await submit(person, 9000)).toBe(403)
    await block(person, 0.6, 4000)
    expect(await submit(person, 4000)).toBe(402)
    await budget(plan, 2)
    expect(await submit(person, 4000)).toBe(201)
  })

  it('blocks no shorter text of any account when the budget is that of the deployment', async () => {
    const [one, other] = [await personWithBudget(), await personWithBudget()]
    await system.admin.query('update recto.settings set monthly_budget_usd = 100')
    try {
      await block(one.person, 200, 6000)
      expect([await submit(other.person, 5999), await submit(other.person, 6000)]).toEqual([201, 402])
    } finally {
      await system.admin.query('update recto.settings set monthly_budget_usd = null')
    }
  })
})

describe('budget alerts', () => {
  it.each([
    [0.5, []],
    [0.79, []],
    [0.8, [80]],
    [0.89, [80]],
    [0.9, [80, 90, 100]],
    [1, [80, 90, 100]],
  ])(
    'are raised correctly at %d of 1 USD, whether a call did not fit before or after the spending',
    async (usd, expected) => {
      const [before, after] = [(await personWithBudget()).person, (await personWithBudget()).person]
      await block(before, 1.1, 5000)
      await spend(before, usd)
      await spend(after, usd)
      await block(after, 1.1, 5000)
      expect(await alertsOf(before)).toEqual(expected)
      expect(await alertsOf(after)).toEqual(expected)
    },
  )

  it('follow the spent amount when every call fits', async () => {
    const { person } = await personWithBudget()
    await spend(person, 0.95)
    expect(await alertsOf(person)).toEqual([80, 90])
    await spend(person, 0.05)
    expect(await alertsOf(person)).toEqual([80, 90, 100])
  })

  it.each([
    ['too_little_left', 0.88, 0.2],
    ['exceeds_budget', 0.1, 1.1],
  ])('name the reason %s once, when at %d of 1 USD a call that needs %d USD is denied', async (reason, usd, needed) => {
    const { person } = await personWithBudget()
    await spend(person, usd)
    await block(person, needed, 5000)
    await block(person, needed, 4000)
    const blocked = `select reason, threshold, enqueued_at from public.budget_alerts where account_id = $1 and reason <> 'spent'`
    const { rows } = await system.admin.query(blocked, [person.id])
    expect(rows).toEqual([{ reason, threshold: 100, enqueued_at: null }])
  })

  it('are raised by the next look after a budget was lowered to what is spent', async () => {
    const { person, plan } = await personWithBudget()
    await spend(person, 0.5)
    await system.admin.query('select recto.check_alerts()')
    expect(await alertsOf(person)).toEqual([])
    await budget(plan, 0.5)
    expect(await submit(person, 5000)).toBe(402)
    await system.admin.query('select recto.check_alerts()')
    expect(await alertsOf(person)).toEqual([80, 90, 100])
  })

  it('are not raised for a past month', async () => {
    const { person, plan } = await personWithBudget()
    const endCall = await startCall(
      person,
      `date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 s'`,
    )
    await budget(plan, 0.1)
    await endCall(0.9)
    expect(await alertsOf(person)).toEqual([])
  })
})

it('unblock_models removes the blocks of a raised budget, in one worker at a time', async () => {
  const { person, plan } = await personWithBudget()
  await spend(person, 0.5)
  await block(person, 0.6, 3000)
  const unblocked = async (client: pg.Pool | pg.PoolClient) => {
    const { rows } = await client.query<{ id: string }>('select id from recto.unblock_models() as id')
    return rows.filter(({ id }) => id === person.id).length
  }
  expect(await unblocked(worker)).toBe(0)
  await budget(plan, 2)
  const first = await worker.connect()
  try {
    await first.query('begin')
    expect(await unblocked(first)).toBe(1)
    expect(await unblocked(worker)).toBe(0)
    await first.query('rollback')
  } finally {
    first.release()
  }
  expect(await unblocked(worker)).toBe(1)
  expect(await unblocked(worker)).toBe(0)
})
