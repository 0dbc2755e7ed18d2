import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainUsage } from '../support/plain-usage.ts'
import { type System, startSystem } from '../support/system.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const plain = (account: string, from: string, to = from, person: string | null = null) =>
  plainUsage(system.admin, account, from, to, person)

describe('the views of operators', () => {
  it('agree with the tables', async () => {
    const ana = await system.person()
    const day = daysAgo(0)
    await seedDay(system.admin, { person: ana.id, day, count: 10 })
    await seedDay(system.admin, { person: (await system.person()).id, day: daysAgo(1), count: 10 })
    const rowOf = async (text: string, values: unknown[]) => (await system.admin.query(text, values)).rows[0]
    const all = await rowOf(
      `select count(*) as generations, (select count(*) from public.ai_calls where started_at >= $1::date) as calls,
         (select sum(cost_usd) from public.ai_calls where started_at >= $1::date) as cost_usd
       from public.ai_generations where created_at >= $1::date`,
      [day],
    )
    const kept = await rowOf(
      'select coalesce(sum(generations), 0) as generations, coalesce(sum(calls), 0) as calls from recto.usage_deleted where day = $1',
      [day],
    )
    const byDay = await rowOf('select generations, calls, cost_usd from operator.usage_by_day where day = $1', [day])
    expect(Number(byDay.generations)).toBe(Number(all.generations) + Number(kept.generations))
    expect(Number(byDay.calls)).toBe(Number(all.calls) + Number(kept.calls))
    const cost = await rowOf(`select kind, generations, cost_usd from operator.cost_by_account where account_id = $1`, [
      ana.id,
    ])
    expect(cost).toMatchObject({ kind: 'personal', generations: '10' })
    expect(Number(cost.cost_usd)).toBeCloseTo(Number((await plain(ana.id, day)).cost_usd), 18)
    const latency = await rowOf(`select * from operator.provider_latency where model = 'lab/model-2'`, [])
    expect(Number(latency.p50_ms)).toBeLessThan(Number(latency.p99_ms))
    const failures = (await system.admin.query(`select what, code, provider from operator.failures`)).rows
    expect(failures).toEqual(
      expect.arrayContaining([
        { what: 'generation', code: 'timeout', provider: 'lab' },
        { what: 'call', code: 'timeout', provider: 'lab' },
      ]),
    )
    // Without the trigger that would write the present time.
    await system.admin.query(
      `begin; set local session_replication_role = 'replica';
       update public.ai_generations set updated_at = created_at where status = 'pending'; commit`,
    )
    const stuck = (await system.admin.query('select distinct what from operator.stuck')).rows
    expect(stuck).toEqual(expect.arrayContaining([{ what: 'pending for over 10 minutes' }, { what: 'without a job' }]))
  })

  it('blame no provider for what people cancelled, for the later of two requests, and for what was never sent', async () => {
    const { id } = await system.person()
    const call = `insert into public.ai_calls (user_id, account_id, attempt, provider, model, outcome, cost_usd, latency_ms, finished_at)
      values ($1, $1, 1, 'blameless', 'lab/stopped', $2, 0, 5, now())`
    for (const outcome of ['aborted', 'not_sent', 'ok']) await system.admin.query(call, [id, outcome])
    const of = async (view: string) =>
      (await system.admin.query(`select * from operator.${view} where provider = 'blameless'`)).rows
    expect(await of('provider_latency')).toMatchObject([{ calls: '1', ok_rate: '1.0000' }])
    expect(await of('failures')).toEqual([])
  })

  it('are not offered by PostgREST', async () => {
    const { token } = await system.person()
    const { supabaseUrl, publishableKey } = system.supabase
    for (const options of [{}, { accessToken: async () => token }]) {
      const db = createClient(supabaseUrl, publishableKey, options)
      const { status, error } = await db.schema('operator').from('usage_by_day').select()
      expect([status, error?.code]).toEqual([406, 'PGRST106'])
    }
  })
})
