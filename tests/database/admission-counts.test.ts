import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addAdmissions } from '../support/admissions.ts'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())
beforeEach(() => system.limit(5, 300))

/** Adds admissions of a person at the given numbers of seconds ago. */
const admitted = (person: TestPerson, ...seconds: number[]) => addAdmissions(system, person.id, seconds)

describe('the counts that an insert gets', () => {
  const statement = 'insert into public.ai_generations (source_text) values ($1)'

  it('finds its windows, its priority and its number in flight in recto.admission', async () => {
    const person = await system.person()
    await admitted(person, 100)
    const result = await asPerson(system.supabase.apiDatabaseUrl, person.id, async (client) => {
      await client.query(statement, [newText()])
      await client.query(statement, [newText()])
      const { rows } = await client.query("select current_setting('recto.admission')::json as result")
      return rows[0]?.result
    })
    const { admitted_at, windows, ...rest } = result
    expect(rest).toEqual({ waiting: false, priority: 0, in_flight: 1 })
    const age = (Date.parse(admitted_at) - Date.parse(windows[0].oldest_at)) / 1000
    expect(age).toBeCloseTo(102, -1)
    expect(windows).toMatchObject([
      { name: 'generations', most: 5, seconds: 300, used: 3 },
      ...Array(4).fill({ most: null }),
    ])
  })

  it('updates the counts of the last admission to those of a full count, for random times and plans', async () => {
    const person = await system.person()
    let chance = 7
    const upTo = (most: number) => {
      chance = (chance * 48_271) % 2_147_483_647
      return chance % most
    }
    await system.plan('free', { per_window: 1000, burst: 10, per_day: 1000, per_month: 1000, tokens_per_hour: 1e12 })
    try {
      const claims = JSON.stringify({ sub: person.id })
      const client = await system.admin.connect()
      try {
        await client.query("select set_config('request.jwt.claims', $1, false)", [claims])
        const seen = new Set<string>()
        for (let n = 0; n < 60; n++) {
          const away = [0, 3, 20, 20, 60, 700, 90_000][upTo(7)]
          await client.query(
            `update recto.admissions set admitted_at = admitted_at - make_interval(secs => $2),
               windows = array(
                 select (w.name, w.counts, w.most, w.seconds, w.used, w.oldest_at - make_interval(secs => $2), w.before)::recto.rate_limit_window
                 from unnest(windows) with ordinality w (name, counts, most, seconds, used, oldest_at, before, n) order by n
               )
             where account_id = $1`,
            [person.id, away],
          )
          if (upTo(3) === 0) {
            const per_day = upTo(2) === 0 ? null : 1000
            await system.plan('free', { window_seconds: 1 + upTo(300), burst: upTo(2) * 10, per_day })
          }
          await client.query('begin')
          await client.query(statement, [newText()])
          const { rows } = await client.query(
            `with admission as (
               select r.* from jsonb_populate_record(null::recto.admission_result, current_setting('recto.admission')::jsonb) r
             )
             select
               (select jsonb_agg(jsonb_build_array(w.name, w.most, w.used, w.oldest_at + make_interval(secs => w.seconds)) order by w.name)
                 from unnest(a.windows) w where w.most is not null) as result,
               (select jsonb_agg(jsonb_build_array(u.name, u.most, u.used, u.frees) order by u.name)
                 from recto.window_usage($1, recto.effective_plan($1), a.admitted_at) u) as counted
             from admission a`,
            [person.id],
          )
          await client.query('commit')
          expect(rows[0].result).toEqual(rows[0].counted)
          seen.add(JSON.stringify(rows[0].result))
        }
        expect(seen.size).toBeGreaterThan(50)
      } finally {
        client.release(true)
      }
    } finally {
      await system.plan('free', { burst: 0, per_day: null, per_month: null, tokens_per_hour: null })
    }
  })

  it('reads fewer than 15 rows per insert in a ledger of ten thousand admissions', async () => {
    await system.plan('free', { per_window: 20_000, per_day: 20_000, per_month: 20_000, tokens_per_hour: 1e12 })
    const person = await system.person()
    const client = await system.admin.connect()
    const rowsRead = async () => {
      const { rows } = await client.query<{ scanned: string; fetched: string }>(
        `select pg_stat_force_next_flush(), pg_stat_clear_snapshot(), seq_tup_read as scanned, idx_tup_fetch as fetched
         from pg_stat_user_tables where relid = 'recto.admissions'::regclass`,
      )
      const [row] = rows
      return { scanned: Number(row?.scanned), fetched: Number(row?.fetched) }
    }
    try {
      await client.query(
        `insert into recto.admissions (account_id, admitted_at, seq)
         select case n % 2 when 0 then $1 else md5((n % 2000)::text)::uuid end,
           clock_timestamp() - make_interval(secs => (10000 - n) / 50.0), n from generate_series(1, 10000) n`,
        [person.id],
      )
      await client.query('analyze recto.admissions')
      await rowsRead()
      const before = await rowsRead()
      await client.query("select set_config('request.jwt.claims', $1, false)", [JSON.stringify({ sub: person.id })])
      for (let n = 0; n < 20; n++) await client.query(statement, [newText()])
      await rowsRead()
      const after = await rowsRead()
      expect(after.scanned).toBe(before.scanned)
      expect((after.fetched - before.fetched) / 20).toBeLessThan(15)
    } finally {
      client.release(true)
      await system.plan('free', { per_day: null, per_month: null, tokens_per_hour: null })
    }
  })
})
