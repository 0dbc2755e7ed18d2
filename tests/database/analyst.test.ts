import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
  await seedGeneration(system.admin, (await system.person()).id)
})
afterAll(() => system?.stop())

const list = async (sql: string): Promise<string[]> =>
  (await system.admin.query<[string]>({ text: sql, rowMode: 'array' })).rows.map(([value]) => value)

/** Runs a statement with the rights of recto_analyst, and undoes it. */
const asAnalyst = async (text: string) => {
  const client = await system.admin.connect()
  try {
    await client.query('begin; set local role recto_analyst')
    return (await client.query(text)).rows
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const views = () =>
  list(`select relname::text from pg_class where relnamespace = 'operator'::regnamespace and relkind = 'v' order by 1`)

describe('the role recto_analyst', () => {
  it('reads every view of operators', async () => {
    for (const view of await views()) await asAnalyst(`select * from operator.${view}`)
    expect(await asAnalyst('select cost_usd from operator.cost_by_account')).not.toEqual([])
  })

  it('may read these views and no table of Recto, and write nothing', async () => {
    const relations = `select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and c.relnamespace::regnamespace::text in ('public', 'recto', 'operator', 'pgboss', 'auth', 'supabase_migrations') and`
    const readable = await list(`${relations} c.relkind <> 'S' and
      has_any_column_privilege('recto_analyst', c.oid, 'select') order by 1`)
    expect(readable).toEqual((await views()).map((view) => `operator.${view}`).toSorted())
    const writable =
      await list(`${relations} c.relkind <> 'S' and (has_any_column_privilege('recto_analyst', c.oid, 'insert, update')
      or has_table_privilege('recto_analyst', c.oid, 'delete, truncate'))`)
    expect(writable).toEqual([])
  })

  it.each([
    ['texts', 'select source_text from public.ai_generations'],
    ['cards and quotes', 'select front, source_quote from public.ai_suggestions'],
    ['findings and code', 'select message, quote from public.ai_findings'],
    ['calls', 'select error from public.ai_calls'],
    ['cached cards', 'select * from recto.result_cache'],
    ['jobs', 'select * from pgboss.job'],
    ['keys', `select recto.provider_keys(array['OPENROUTER_API_KEY'])`],
    ['jobs to add', `insert into pgboss.job (name) values ('generation')`],
    ['settings to change', 'update recto.settings set monthly_budget_usd = 1'],
    ['views to write through', `delete from operator.stuck`],
    ['tables to create', 'create table operator.mine (id integer)'],
  ])('has no access to %s', async (_what, text) => {
    await expect(asAnalyst(text)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|55000)$/) })
  })

  it('writes to no table of Recto after it has switched off read only, but to temporary tables of its own', async () => {
    const password = randomUUID()
    const url = new URL(system.supabase.adminUrl)
    Object.assign(url, { username: 'recto_analyst', password })
    await system.admin.query(`alter role recto_analyst password '${password}'`)
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      const change = 'update recto.settings set monthly_budget_usd = 1'
      await expect(client.query('create temporary table mine (id integer)')).rejects.toMatchObject({ code: '25006' })
      await client.query('set default_transaction_read_only = off')
      await expect(client.query(change)).rejects.toMatchObject({ code: '42501' })
      await client.query('create temporary table mine (id integer)')
    } finally {
      await client.end()
      await system.admin.query('alter role recto_analyst password null')
    }
  })

  it('has a password only once an operator sets one, reads only, and has a limit of time', async () => {
    const { rows } = await system.admin.query(
      `select rolcanlogin, rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as special,
         rolconfig from pg_roles where rolname = 'recto_analyst'`,
    )
    expect(rows).toMatchObject([{ rolcanlogin: true, special: false }])
    expect(rows[0].rolconfig).toEqual(
      expect.arrayContaining(['default_transaction_read_only=on', 'statement_timeout=60s', 'TimeZone=UTC']),
    )
    expect(
      await list(`select rolname::text from pg_authid where rolname = 'recto_analyst' and rolpassword is not null`),
    ).toEqual([])
    expect(await list(`select 1::text from pg_auth_members where member = 'recto_analyst'::regrole`)).toEqual([])
  })
})

describe('the views of operators', () => {
  it('have a comment each, and so has every one of their columns', async () => {
    const bare = await list(
      `select c.relname || coalesce('.' || a.attname, '') from pg_class c
         left join lateral (
           select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 union all select null, 0
         ) a on true
       where c.relnamespace = 'operator'::regnamespace and c.relkind = 'v' and col_description(c.oid, a.attnum) is null
         and (a.attnum > 0 or obj_description(c.oid, 'pg_class') is null) order by 1`,
    )
    expect(bare).toEqual([])
  })

  it('are not read with the rights of their reader, who needs no table', async () => {
    const invoking = await list(
      `select relname::text from pg_class where relnamespace = 'operator'::regnamespace and relkind = 'v'
         and 'security_invoker=true' = any (reloptions)`,
    )
    expect(invoking).toEqual([])
  })
})
