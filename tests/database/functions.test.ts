import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'

let system: System
let api: pg.Pool
let worker: pg.Pool
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  api = new pg.Pool({ connectionString: system.supabase.apiDatabaseUrl, max: 1 })
  worker = system.workerPool(1)
  ;[ana, ben] = [await system.person(), await system.person()]
})
afterAll(async () => {
  await api?.end()
  await system?.stop()
})

type Row = Record<string, unknown>
const as = ({ id }: TestPerson, sql: string, values: unknown[] = []): Promise<unknown> =>
  asPerson(system.supabase.adminUrl, id, async (client) => (await client.query<Row>(sql, values)).rows[0]?.answer, {
    commit: true,
  })

describe('recto.account_models', () => {
  const modelsOf = (account: string, by: TestPerson) =>
    as(by, 'select (select to_jsonb(m) from recto.account_models($1) m) as answer', [account])
  const unbound = { data_residency: 'any', allowed_models: null }

  it('answers members only, and allows everything when operators have set nothing', async () => {
    const { admin } = system
    const team = await createTeam(system, ben.id)
    for (const account of [ana.id, team])
      await admin.query(`insert into recto.account_settings (account_id, data_residency) values ($1, 'eu')`, [account])
    await admin.query(
      `insert into recto.account_overrides (account_id, changes, expires_at)
       values ($1, '{"allowed_models": ["fast"]}', now() + interval '1 hour'), ($2, '{"allowed_models": []}', now())`,
      [team, ben.id],
    )
    expect(await modelsOf(ana.id, ana)).toEqual({ data_residency: 'eu', allowed_models: null })
    expect(await modelsOf(ben.id, ben)).toEqual(unbound)
    expect(await modelsOf(team, ben)).toEqual({ data_residency: 'eu', allowed_models: ['fast'] })
    for (const account of [ben.id, team, '00000000-0000-4000-8000-000000000000'])
      expect(await modelsOf(account, ana)).toBeNull()
  })

  it('reads settings that the person cannot change', async () => {
    const change = `update recto.account_settings set data_residency = 'any'`
    await expect(as(ana, change)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('a connection check', () => {
  it('belongs to the caller, waits for a worker, and shows its result to the caller only', async () => {
    const id = await as(ana, `select recto.request_connection_check('fast') as answer`)
    const { rows } = await worker.query('select user_id, account_id, model, status from recto.connection_checks')
    expect(rows).toEqual([{ user_id: ana.id, account_id: ana.id, model: 'fast', status: 'pending' }])
    expect(await as(ana, 'select recto.connection_check_result($1) as answer', [id])).toBeNull()
    await worker.query(`update recto.connection_checks set status = 'done', result = '{"ok": true}' where id = $1`, [
      id,
    ])
    expect(await as(ana, 'select recto.connection_check_result($1) as answer', [id])).toEqual({ ok: true })
    expect(await as(ben, 'select recto.connection_check_result($1) as answer', [id])).toBeNull()
  })

  it.each([
    ['read', 'select 1 from recto.connection_checks'],
    ['change', `update recto.connection_checks set result = '{}'`],
    ['add', `insert into recto.connection_checks (user_id, account_id, model) values (auth.uid(), auth.uid(), 'fast')`],
    ['count a check for another person', `select recto.record_admission(null, '00000000-0000-4000-8000-000000000000')`],
  ])('does not let a person %s', async (_what, sql) => {
    await expect(as(ben, sql)).rejects.toMatchObject({ code: '42501' })
  })

  it('fails for an empty model name and for a deleted person', async () => {
    await expect(as(ana, `select recto.request_connection_check('')`)).rejects.toMatchObject({ code: '23514' })
    const deleted = await system.person()
    await system.admin.query('delete from auth.users where id = $1', [deleted.id])
    await expect(as(deleted, `select recto.request_connection_check('fast')`)).rejects.toMatchObject({ code: '23503' })
  })
})

describe('the windows of a person', () => {
  it('are independent for generations and connection checks', async () => {
    const person = await system.person()
    await as(person, `select recto.request_connection_check('fast')`)
    const windowsOf = (by: TestPerson) =>
      as(by, 'select coalesce(jsonb_agg(w), $2) as answer from recto.account_windows($1) w', [person.id, '[]'])
    const checksOf = (by: TestPerson) => as(by, 'select to_jsonb(w) as answer from recto.connection_check_window() w')
    const checks = { name: 'connection_checks', most: 10, seconds: 60 }
    expect(await checksOf(person)).toEqual({ ...checks, used: 1, frees_in: expect.closeTo(60, -1) })
    expect(await checksOf(ben)).toEqual({ ...checks, used: 0, frees_in: null })
    const generations = { name: 'generations', most: 5, seconds: 300 }
    expect(await windowsOf(person)).toEqual([{ ...generations, used: 0, frees_in: null }])
    expect(await windowsOf(ben)).toEqual([])
    const defaults = async (name: string) =>
      (await api.query(`select to_jsonb(w) as answer from recto.${name}() w`)).rows
    expect(await defaults('default_connection_check_window')).toEqual([{ answer: checks }])
    expect(await defaults('default_windows')).toEqual([{ answer: generations }])
  })
})

describe('recto.live_routes', () => {
  it('lists the routes that a worker had a key for within two minutes', async () => {
    await worker.query(
      `insert into public.ai_routes_health (provider, model, region, state, seen_at)
       select 'lab', 'seen ' || s || ' s ago', 'eu', 'open', now() - make_interval(secs => s) from unnest(array[0, 110, 130]) s`,
    )
    const { rows } = await api.query('select * from recto.live_routes() order by model')
    expect(rows).toEqual([
      { provider: 'lab', model: 'seen 0 s ago', state: 'open' },
      { provider: 'lab', model: 'seen 110 s ago', state: 'open' },
    ])
  })
})

describe('recto.worker_alive', () => {
  it.each([
    ['before the first measure of the queue', false, `'-infinity'`],
    ['61 seconds after the last measure', false, `now() - interval '61 seconds'`],
    ['50 seconds after the last measure', true, `now() - interval '50 seconds'`],
  ])('%s is %s: a worker counts as alive for a minute', async (_, alive, measuredAt) => {
    await worker.query(`update recto.queue_health set measured_at = ${measuredAt}`)
    expect((await api.query('select recto.worker_alive(60) as alive')).rows).toEqual([{ alive }])
  })
})

describe('recto.prune_expired', () => {
  it('deletes admissions after 30 days, connection checks after ten minutes, counts of dry runs after their window and expired cache entries', async () => {
    const { admin } = system
    const person = await system.person()
    const { id } = await seedGeneration(admin, person.id)
    const admitted = 'insert into recto.admissions (account_id, seq, admitted_at) values ($1, $2, now() - $3::interval)'
    await admin.query(admitted, [person.id, 1, '31 days'])
    await admin.query(admitted, [person.id, 2, '29 days'])
    // All admissions of this person are old, so the newest one is deleted as well.
    const inactive = await system.person()
    await admin.query(admitted, [inactive.id, 1, '90 days'])
    for (const age of ['9 min', '11 min'])
      await admin.query(
        `insert into recto.connection_checks (user_id, account_id, model, created_at) values ($1, $1, $2::text, now() - $2::text::interval)`,
        [person.id, age],
      )
    for (const [{ id: personId }, age] of [
      [person, '50 s'],
      [inactive, '70 s'],
    ] as const)
      await admin.query('insert into recto.dry_runs (user_id, began_at, used) values ($1, now() - $2::interval, 1)', [
        personId,
        age,
      ])
    for (const digest of ['1 min', '-1 min'])
      await admin.query(
        `insert into recto.result_cache (account_id, digest, generation_id, expires_at) values ($1, $2::text, $3, now() + $2::text::interval)`,
        [person.id, digest, id],
      )

    expect((await worker.query('select recto.prune_expired()::int as answer')).rows).toEqual([{ answer: 2 }])
    const left = await admin.query('select seq from recto.admissions where account_id = $1', [inactive.id])
    expect(left.rows).toEqual([])
    expect((await admin.query('select user_id from recto.dry_runs')).rows).toEqual([{ user_id: person.id }])
    const { rows } = await admin.query(
      `select 'admission ' || seq as left from recto.admissions where account_id = $1
       union all select model from recto.connection_checks where user_id = $1
       union all select digest from recto.result_cache where account_id = $1 order by 1`,
      [person.id],
    )
    expect(rows.map(({ left }) => left).toSorted()).toEqual(['1 min', '9 min', 'admission 2'])
  })
})

describe('a cache entry', () => {
  it('is deleted with the generation it came from', async () => {
    const { id } = await seedGeneration(system.admin, ana.id)
    await worker.query(
      `insert into recto.result_cache (account_id, digest, generation_id, answer, expires_at) values ($1, 'mine', $2, '{}', now() + interval '1 day')`,
      [ana.id, id],
    )
    expect(await as(ana, 'select recto.delete_generation($1) as answer', [id])).toBe(true)
    expect((await worker.query(`select from recto.result_cache where digest = 'mine'`)).rows).toEqual([])
  })
})

describe('recto.provider_keys', () => {
  const keys = (...variables: string[]) => worker.query('select * from recto.provider_keys($1)', [variables])

  it('fails in a database without Supabase Vault', async () => {
    await expect(keys('OPENROUTER_API_KEY')).rejects.toMatchObject({ code: '0A000' })
  })

  it('returns secrets under recto/ and no others', async () => {
    await system.admin.query(
      `create schema vault;
       create table vault.decrypted_secrets (name text, decrypted_secret text);
       insert into vault.decrypted_secrets values ('recto/LAB_KEY', 'a key'), ('LAB_KEY', 'no'), ('stripe', 'no'), ('recto/OTHER_KEY', 'no');
       grant usage on schema vault to postgres; grant select on vault.decrypted_secrets to postgres`,
    )
    const { rows } = await keys('LAB_KEY', 'stripe', '../stripe', 'NONE')
    expect(rows).toEqual([{ variable: 'LAB_KEY', secret: 'a key' }])
    for (const call of [
      () => api.query(`select * from recto.provider_keys(array['LAB_KEY'])`),
      () => as(ana, `select * from recto.provider_keys(array['LAB_KEY'])`),
    ])
      await expect(call()).rejects.toMatchObject({ code: '42501' })
  })
})
