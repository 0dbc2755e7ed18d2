import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countWords, dump } from '../support/dump.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const Accepted = z.strictObject({ generation_id: z.string(), status: z.literal('pending') })

let system: System
let worker: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  worker = new pg.Pool({ connectionString: system.supabase.workerDatabaseUrl, max: 2 })
})
afterAll(async () => {
  await worker?.end()
  await system?.stop()
})

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const settings = ({ texts = null, calls = null }: { texts?: number | null; calls?: number | null }) =>
  rows('update recto.settings set text_days = $1, calls_days = $2', [texts, calls])
const retain = async (most = 100) => (await worker.query('select * from recto.retain($1)', [most])).rows[0]

/** A finished generation of so many days ago, with its call; answers its id and a word that its text alone has. */
const seedOld = async (personId: string, days: number) => {
  const { id } = await seedGeneration(system.admin, personId)
  const word = crypto.randomUUID()
  const client = await system.admin.connect()
  try {
    // Past the rule that what is over does not change.
    await client.query(`begin; set local session_replication_role = 'replica'`)
    await client.query(
      `update public.ai_generations set source_text = $2, created_at = at, finished_at = at
       from (select now() - make_interval(days => $3, mins => 1) as at) then_at where id = $1`,
      [id, newText({ marker: word }), days],
    )
    await client.query(
      'update public.ai_calls set started_at = now() - make_interval(days => $2, mins => 1) where generation_id = $1',
      [id, days],
    )
    await client.query('commit')
  } finally {
    client.release()
  }
  return { id, word }
}
const found = async (words: string[]) => countWords(await dump(system), words)

describe('texts', () => {
  it('stay for ever unless somebody says how long', async () => {
    const person = await system.person()
    const { word } = await seedOld(person.id, 5000)
    await settings({})
    expect(await retain()).toEqual({ texts: 0, calls: 0, erased: 0 })
    expect(await found([word])).toEqual({ ai_generations: 1 })
    await rows('delete from public.ai_generations where user_id = $1', [person.id])
  })

  it('are gone from the database when their days are over, and not before; suggestions stay', async () => {
    const person = await system.person()
    const [old, young] = [await seedOld(person.id, 30), await seedOld(person.id, 29)]
    await settings({ texts: 30 })
    expect(await retain()).toMatchObject({ texts: 1 })
    expect(await found([old.word])).toEqual({})
    expect(await found([young.word])).toEqual({ ai_generations: 1 })
    expect(
      await rows('select source_text is null as gone, status from public.ai_generations where id = $1', [old.id]),
    ).toEqual([{ gone: true, status: 'succeeded' }])
    expect(await rows('select from public.ai_suggestions where generation_id = $1', [old.id])).toHaveLength(2)
    expect(await retain()).toEqual({ texts: 0, calls: 0, erased: 0 })
  })

  it('go sooner where their account says so, and never later', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    const set = 'insert into recto.account_settings (account_id, text_days) values ($1, $2)'
    await rows(set, [ana.id, 2])
    await rows(set, [ben.id, 90])
    const [anas, bens, bensOld] = [await seedOld(ana.id, 3), await seedOld(ben.id, 3), await seedOld(ben.id, 10)]
    await settings({ texts: 10 })
    await retain()
    expect(await found([anas.word, bensOld.word])).toEqual({})
    await settings({})
    const anothers = await seedOld(ana.id, 3)
    expect(await retain()).toMatchObject({ texts: 1 })
    expect(await found([anothers.word])).toEqual({})
    expect(await found([bens.word])).toEqual({ ai_generations: 1 })
  })

  it('of what is not over stay, however old', async () => {
    const person = await system.person()
    const [row] = await rows(
      `insert into public.ai_generations (user_id, account_id, source_text, created_at) values ($1, $1, $2, now() - interval '1 year') returning id`,
      [person.id, newText()],
    )
    await settings({ texts: 0 })
    await retain()
    expect(
      await rows('select source_text is not null as kept from public.ai_generations where id = $1', [row?.id]),
    ).toEqual([{ kept: true }])
    await expect(
      rows('update public.ai_generations set source_text = null where id = $1', [row?.id]),
    ).rejects.toMatchObject({ code: '23514', constraint: 'source_text_until_finished' })
    await rows('delete from public.ai_generations where id = $1', [row?.id])
  })

  it('go batch by batch, and a running worker does it by itself', async () => {
    const person = await system.person()
    const words: string[] = []
    for (let n = 0; n < 5; n++) words.push((await seedOld(person.id, 8)).word)
    await settings({ texts: 7 })
    expect(await retain(2)).toMatchObject({ texts: 2 })
    const running = await system.startWorker()
    await until(async () => Object.keys(await found(words)).length === 0, {
      what: 'the texts going',
      timeoutMs: 15_000,
    })
    await running.stop()
    expect(running.log()).toContain('"retention"')
  })

  it('are let go by one at a time', async () => {
    const client = new pg.Client({ connectionString: system.supabase.adminUrl })
    await client.connect()
    try {
      await client.query(`select pg_advisory_lock(hashtextextended('recto.retain', 0))`)
      const person = await system.person()
      await seedOld(person.id, 9)
      await settings({ texts: 7 })
      expect(await retain()).toEqual({ texts: 0, calls: 0, erased: 0 })
    } finally {
      await client.end()
    }
    await until(async () => (await retain()).texts === 1, { what: 'the lock being free', timeoutMs: 5_000 })
  })
})

describe('a request that is repeated after its text is gone', () => {
  it('gets the same answer, and another text under its key is refused', async () => {
    const api = await system.startApi()
    const person = await system.person(api)
    const body = { source_text: newText() }
    const key = { 'idempotency-key': 'lesson-1' }
    const first = Accepted.parse(await (await person.submit(body, key)).json())
    await person.api(`/api/ai/generations/${first.generation_id}/cancel`, { method: 'POST' })
    await settings({ texts: 0 })
    await until(async () => (await retain()).texts === 1, { what: 'the text going', timeoutMs: 5_000 })
    const again = await person.submit(body, key)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    expect(await again.json()).toEqual(first)
    const other = await person.submit({ source_text: newText() }, key)
    expect(other.status).toBe(422)
  })
})

describe('calls', () => {
  it('are dropped when their days are over, while their sums stay in the usage and in the months', async () => {
    const person = await system.person()
    await rows(`insert into public.accounts (id, kind) values ($1, 'personal')`, [person.id])
    const [old, young] = [await seedOld(person.id, 40), await seedOld(person.id, 3)]
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
    await retain()
    expect(await rows('select from public.ai_calls where user_id = $1', [person.id])).toHaveLength(2)
    await rows(`update public.ai_calls set settle_after = null where generation_id = $1`, [old.id])
    await retain()
    expect(await rows('select generation_id from public.ai_calls where user_id = $1', [person.id])).toEqual([
      { generation_id: young.id },
    ])
    expect([await usage(), await spent()]).toEqual(before)
  })
})

describe('what is left of an erased person', () => {
  it('becomes nobody’s once its call is settled and its month is over', async () => {
    const person = await system.person()
    const { id } = await seedOld(person.id, 40)
    await rows(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now() - interval '40 days'), 0.5), ($1, recto.month_of(now()), 0.25)`,
      [person.id],
    )
    const sums = () =>
      rows('select sum(spent_usd) as spent, (select sum(cost_usd) from public.ai_calls) as calls from recto.spending')
    const before = await sums()
    await rows('update public.ai_calls set settle_after = now() where generation_id = $1', [id])
    await rows(`insert into recto.erasures values ($1, now() - interval '1 second')`, [person.id])
    await settings({})
    await retain()
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
    await retain()
    expect(await left()).toEqual({ generations: 0, calls: 0, months: 1, erasures: 1 })
    // A month later.
    await rows(`update recto.erasures set asked_at = asked_at - interval '40 days' where person = $1`, [person.id])
    await rows(`update recto.spending set month = recto.month_of(now() - interval '40 days') where account_id = $1`, [
      person.id,
    ])
    await retain()
    expect(await left()).toEqual({ generations: 0, calls: 0, months: 0, erasures: 0 })
    expect(await sums()).toEqual(before)
  })

  it('is in the usage of past days as nobody’s, with the same sums', async () => {
    const person = await system.person()
    for (const days of [3, 2]) await seedOld(person.id, days)
    await rows(`update recto.usage_state set rolled_through = (now() - interval '60 days')::date`)
    const rollUp = async () => {
      while ((await rows('select recto.roll_up_usage() as more'))[0]?.more);
    }
    await rollUp()
    const of = (who: string) =>
      rows(
        `select count(*)::int as rows, coalesce(sum(generations), 0)::int as generations, coalesce(sum(suggestions), 0)::int as suggestions,
           coalesce(sum(calls), 0)::int as calls, coalesce(sum(cost_usd), 0)::numeric(12, 8) as cost
         from recto.usage_daily where user_id = ${who} or account_id = ${who}`,
      )
    const [theirs] = await of(`'${person.id}'`)
    const [nobodys] = await of('recto.nobody()')
    expect(theirs).toMatchObject({ generations: 2, suggestions: 4, calls: 2, cost: '0.00024690' })
    await rows(`insert into recto.erasures values ($1, clock_timestamp())`, [person.id])
    await retain()
    await rollUp()
    expect(await of(`'${person.id}'`)).toMatchObject([{ rows: 0 }])
    expect(await found([person.id])).not.toHaveProperty(['recto.usage_kept'])
    const [after] = await of('recto.nobody()')
    expect([
      after?.generations - nobodys?.generations,
      after?.suggestions - nobodys?.suggestions,
      after?.calls - nobodys?.calls,
    ]).toEqual([2, 4, 2])
  })
})
