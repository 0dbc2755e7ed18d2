import { until } from '@recto/local/until'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countWords, dump } from '../support/dump.ts'
import { seedOld } from '../support/seed-old.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = system.workerPool(2)
})
afterAll(() => system?.stop())

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const settings = ({ calls, generations }: { calls?: number; generations?: number }) =>
  rows('update recto.settings set calls_days = $1, generations_days = $2', [calls, generations])
const applyRetention = async (batch = 100) =>
  (await worker.query('select * from recto.apply_retention($1)', [batch])).rows[0]

const found = async (words: string[]) => countWords(await dump(system), words)

describe('records of calls', () => {
  it('are deleted when their days are over, while usage and spending keep their sums', async () => {
    const person = await system.person()
    await rows(`insert into public.accounts (id, kind) values ($1, 'personal')`, [person.id])
    const [old, young] = [await seedOld(system, person.id, 40), await seedOld(system, person.id, 3)]
    await rows(
      `insert into recto.spending (account_id, month, spent_usd)
       select account_id, recto.month_of(started_at), sum(cost_usd) from public.ai_calls where account_id = $1 group by 1, 2`,
      [person.id],
    )
    const usage = async () =>
      (
        await rows(
          `select sum(calls) as calls, sum(generations) as generations, sum(cost_usd) as cost from recto.count_usage((now() - interval '60 days')::date, now()::date, $1)`,
          [person.id],
        )
      )[0]
    const spent = () => rows('select * from recto.spending where account_id = $1 order by month', [person.id])
    const before = [await usage(), await spent()]
    await rows(`update public.ai_calls set settle_after = now() where generation_id = $1`, [old.id])
    await settings({ calls: 30 })
    await applyRetention()
    expect(await rows('select from public.ai_calls where user_id = $1', [person.id])).toHaveLength(2)
    await rows(`update public.ai_calls set settle_after = null where generation_id = $1`, [old.id])
    await applyRetention()
    expect(await rows('select generation_id from public.ai_calls where user_id = $1', [person.id])).toEqual([
      { generation_id: young.id },
    ])
    expect([await usage(), await spent()]).toEqual(before)
  })
})

describe('generations', () => {
  // The tests before have left old generations.
  beforeAll(() => rows('delete from public.ai_generations'))

  const usage = async (person: string) =>
    (
      await rows(
        `select sum(generations) as generations, sum(succeeded) as succeeded, sum(suggestions) as suggestions, sum(calls) as calls,
           sum(cost_usd) as cost from recto.count_usage((now() - interval '60 days')::date, now()::date, $1)`,
        [person],
      )
    )[0]
  const idsOf = async (person: string) =>
    (await rows('select id from public.ai_generations where user_id = $1', [person])).map(({ id }) => id)

  it('are deleted with their suggestions when their days are over, while the sums of usage stay', async () => {
    const person = await system.person()
    const [old, young] = [await seedOld(system, person.id, 40), await seedOld(system, person.id, 39)]
    const before = await usage(person.id)
    await settings({ generations: 40 })
    expect(await applyRetention()).toEqual({ texts: 0, generations: 1, calls: 0, deliveries: 0, changes: 0, erased: 0 })
    expect(await idsOf(person.id)).toEqual([young.id])
    expect(await rows('select from public.ai_suggestions where generation_id = $1', [old.id])).toEqual([])
    expect(await found([old.word])).toEqual({})
    expect(await usage(person.id)).toEqual(before)
    // Each call stays for calls_days, without its generation.
    expect(await rows('select from public.ai_calls where user_id = $1', [person.id])).toHaveLength(2)
    await rows('delete from public.ai_generations where user_id = $1', [person.id])
  })

  it('that are not over, or have a call whose cost is not settled, are kept however old they are', async () => {
    const person = await system.person()
    const { id: unsettled } = await seedOld(system, person.id, 400)
    await rows('update public.ai_calls set settle_after = now() where generation_id = $1', [unsettled])
    const [live] = await rows(
      `insert into public.ai_generations (user_id, account_id, source_text, created_at) values ($1, $1, $2, now() - interval '1 year') returning id`,
      [person.id, newText()],
    )
    await settings({ generations: 1 })
    expect(await applyRetention()).toMatchObject({ generations: 0 })
    expect((await idsOf(person.id)).toSorted()).toEqual([unsettled, live?.id].toSorted())
    await rows('update public.ai_calls set settle_after = null where generation_id = $1', [unsettled])
    expect(await applyRetention()).toMatchObject({ generations: 1 })
    expect(await idsOf(person.id)).toEqual([live?.id])
    await rows('delete from public.ai_generations where user_id = $1', [person.id])
  })

  it('are deleted in batches, and by a running worker too', async () => {
    const person = await system.person()
    for (let n = 0; n < 5; n++) await seedOld(system, person.id, 8)
    await settings({ generations: 7 })
    expect(await applyRetention(2)).toMatchObject({ generations: 2 })
    const running = await system.startWorker()
    await until(async () => (await idsOf(person.id)).length === 0, { what: 'the generations going', timeoutMs: 30_000 })
    await running.stop()
  })
})
