import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countWords, dump } from '../support/dump.ts'
import { seedOld } from '../support/seed-old.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(1)
})
afterAll(() => system?.stop())

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const applyRetention = () => worker.query('select * from recto.apply_retention(100)')

describe('retention after the erasure of a person', () => {
  it('anonymises calls once they are settled, and spending once its month is over', async () => {
    const person = await system.person()
    const { id } = await seedOld(system, person.id, 40)
    await rows(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now() - interval '40 days'), 0.5), ($1, recto.month_of(now()), 0.25)`,
      [person.id],
    )
    const sums = () =>
      rows('select sum(spent_usd) as spent, (select sum(cost_usd) from public.ai_calls) as calls from recto.spending')
    const before = await sums()
    await rows('update public.ai_calls set settle_after = now() where generation_id = $1', [id])
    await rows(`insert into recto.erasures values ($1, now() - interval '1 second')`, [person.id])
    await applyRetention()
    const left = async () =>
      Object.fromEntries(
        await Promise.all(
          Object.entries({
            generations: 'public.ai_generations where user_id',
            calls: 'public.ai_calls where user_id',
            months: 'recto.spending where account_id',
            erasures: 'recto.erasures where person',
          }).map(async ([name, from]) => [name, (await rows(`select from ${from} = $1`, [person.id])).length]),
        ),
      )
    expect(await left()).toEqual({ generations: 0, calls: 1, months: 1, erasures: 1 })
    await rows('update public.ai_calls set settle_after = null where user_id = $1', [person.id])
    await applyRetention()
    expect(await left()).toEqual({ generations: 0, calls: 0, months: 1, erasures: 1 })
    // A month later.
    await rows(`update recto.erasures set asked_at = asked_at - interval '40 days' where person = $1`, [person.id])
    await rows(`update recto.spending set month = recto.month_of(now() - interval '40 days') where account_id = $1`, [
      person.id,
    ])
    await applyRetention()
    expect(await left()).toEqual({ generations: 0, calls: 0, months: 0, erasures: 0 })
    expect(await sums()).toEqual(before)
  })

  it('erases a person although thousands of others wait for their month to end', async () => {
    await rows(
      `with waiting as (insert into recto.erasures select gen_random_uuid(), now() from generate_series(1, 3000) returning person)
       insert into recto.spending (account_id, month, spent_usd) select person, recto.month_of(now()), 0.1 from waiting`,
    )
    try {
      const person = await system.person()
      await seedOld(system, person.id, 40)
      await rows(`insert into recto.erasures values ($1, now() - interval '1 second')`, [person.id])
      await applyRetention()
      expect(await rows('select from public.ai_generations where user_id = $1', [person.id])).toEqual([])
    } finally {
      await rows(
        'with gone as (delete from recto.erasures returning person) delete from recto.spending s using gone where s.account_id = gone.person',
      )
    }
  })

  it('moves the usage of past days to the erased account, with the same sums', async () => {
    const person = await system.person()
    for (const days of [3, 2]) await seedOld(system, person.id, days)
    await rows(`update recto.usage_state set rolled_through = (now() - interval '60 days')::date`)
    const rollUp = async () => {
      while ((await rows('select recto.roll_up_usage() as more'))[0]?.more);
    }
    await rollUp()
    const usageOf = (who: string) =>
      rows(
        `select count(*)::int as rows, coalesce(sum(generations), 0)::int as generations, coalesce(sum(suggestions), 0)::int as suggestions,
           coalesce(sum(calls), 0)::int as calls, coalesce(sum(cost_usd), 0)::numeric(12, 8) as cost
         from recto.usage_daily where user_id = ${who} or account_id = ${who}`,
      )
    const [theirs] = await usageOf(`'${person.id}'`)
    const [erasedBefore] = await usageOf('recto.erased_account()')
    expect(theirs).toMatchObject({ generations: 2, suggestions: 4, calls: 2, cost: '0.00024690' })
    await rows(`insert into recto.erasures values ($1, clock_timestamp())`, [person.id])
    await applyRetention()
    await rollUp()
    expect(await usageOf(`'${person.id}'`)).toMatchObject([{ rows: 0 }])
    expect(countWords(await dump(system), [person.id])).not.toHaveProperty(['recto.usage_deleted'])
    const [erasedAfter] = await usageOf('recto.erased_account()')
    expect([
      erasedAfter?.generations - erasedBefore?.generations,
      erasedAfter?.suggestions - erasedBefore?.suggestions,
      erasedAfter?.calls - erasedBefore?.calls,
    ]).toEqual([2, 4, 2])
  })
})
