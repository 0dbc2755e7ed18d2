import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { type MigrateOptions, migrate } from '@recto/local/migrate'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import { migrationState } from '@recto/migrate/migration-state'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const supabaseCli = join(projectRoot, 'node_modules', '.bin', 'supabase')

// A new Supabase project without Recto, because the tests run the migrations themselves.
let supabase: Supabase
let admin: pg.Client
const migrateWith = (more: Partial<MigrateOptions> = {}) =>
  migrate({
    databaseUrl: supabase.databaseUrl,
    apiPassword: undefined,
    workerPassword: undefined,
    limits: undefined,
    ...more,
  })

beforeAll(async () => {
  supabase = await startThrowaway({ migrate: false })
  admin = new pg.Client({ connectionString: supabase.adminUrl })
  await admin.connect()
  await migrateWith()
})
afterAll(async () => {
  await admin?.end()
  await supabase?.stop()
})

const upToDate = { unreleased: false, pending: false, others: [], taken: [] }

const list = async (sql: string): Promise<unknown[]> => {
  const { rows } = await admin.query<unknown[]>({ text: sql, rowMode: 'array' })
  return rows.map((row) => (row.length === 1 ? row[0] : row))
}

/**
 * All that migrations create, as text: tables, columns, indexes, constraints, functions, triggers, policies, grants and
 * queues.
 */
const shape = async () => {
  const schemas = `('public', 'recto', 'pgboss', 'supabase_migrations')`
  const inSchemas = (column: string) => `${column}::regnamespace::text in ${schemas}`
  return {
    tables: await list(
      `select oid::regclass::text, relacl::text from pg_class where ${inSchemas('relnamespace')} order by 1`,
    ),
    columns: await list(
      `select attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attacl::text
       from pg_attribute join pg_class c on c.oid = attrelid where ${inSchemas('relnamespace')} and attnum > 0 order by 1, 2`,
    ),
    constraints: await list(
      `select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where ${inSchemas('connamespace')} order by 1, 2`,
    ),
    functions: await list(
      `select oid::regprocedure::text, proacl::text, proconfig::text, md5(prosrc) from pg_proc where ${inSchemas('pronamespace')} order by 1`,
    ),
    triggers: await list('select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal order by 1, 2'),
    policies: await list(
      'select tablename, policyname, cmd, roles::text, qual, with_check from pg_policies order by 1, 2',
    ),
    migrations: await list('select version, name from supabase_migrations.schema_migrations order by 1'),
    queues: await list(
      "select name, to_jsonb(q) - array['created_on', 'updated_on', 'monitor_on', 'maintain_on'] from pgboss.queue q order by 1",
    ),
    roles: await list(`select rolname, rolconfig::text from pg_roles where rolname like 'recto%' order by 1`),
  }
}

describe('npm run migrate', () => {
  it('sets no password for the processes’ roles by itself', async () => {
    expect(await list(`select rolname from pg_authid where rolname like 'recto%' and rolpassword is not null`)).toEqual(
      [],
    )
  })

  it('changes nothing when it runs again', async () => {
    const before = await shape()
    expect(before.migrations.length).toBeGreaterThan(0)
    expect(before.queues).toHaveLength(4)
    await migrateWith()
    expect(await shape()).toEqual(before)
  })

  it('finds a migration pending when the database lacks its version, and none when it has all', async () => {
    expect(await migrationState(supabase.databaseUrl)).toEqual(upToDate)
    const newest = 'select version, name from supabase_migrations.schema_migrations order by version desc limit 1'
    const [{ version: last, name }] = (await admin.query(newest)).rows
    const rename = 'update supabase_migrations.schema_migrations set version = $2 where version = $1'
    await admin.query(rename, [last, `9${last}`])
    const state = await migrationState(supabase.databaseUrl)
    await admin.query(rename, [`9${last}`, last])
    expect(state).toEqual({ ...upToDate, pending: true, others: [{ version: `9${last}`, name }] })
  })

  it('sets the given passwords, and the processes can log in with them', async () => {
    await migrateWith({ apiPassword: "it's a 'quoted' one", workerPassword: 'another' })
    const passwords = { recto_api: "it's a 'quoted' one", recto_worker: 'another' }
    for (const [user, password] of Object.entries(passwords)) {
      const url = Object.assign(new URL(supabase.databaseUrl), {
        username: user,
        password: encodeURIComponent(password),
      })
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      expect((await client.query('select current_user as name')).rows).toEqual([{ name: user }])
      await client.end()
    }
  })

  it('needs no more rights than a hosted project’s postgres role', async () => {
    expect(await list(`select rolsuper from pg_roles where rolname = 'postgres'`)).toEqual([false])
  })

  it('reports an unreachable database without its password', async () => {
    const databaseUrl = supabase.databaseUrl.replace(/:\d+\//, ':1/')
    const { password } = new URL(databaseUrl)
    const error = await migrateWith({ databaseUrl }).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain(password)
  })
})

describe('npm run migrate with RECTO_LIMITS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const migrateTo = (limits: unknown) => {
    const path = join(folder, 'limits.json')
    writeFileSync(path, typeof limits === 'string' ? limits : JSON.stringify(limits))
    return migrateWith({ limits: path })
  }
  const free = `select per_day, monthly_budget_usd::text, allowed_models from public.plans where name = 'free'`
  const settings = 'select max_queue_seconds, monthly_budget_usd::text from recto.settings'
  const audited = () => list('select count(*)::int from recto.audit_log')

  it('sets the columns that the file names, and leaves the others', async () => {
    const [before] = await list('select per_month, concurrent from public.plans where name = $$free$$')
    await migrateTo({
      plans: { free: { per_day: 77, monthly_budget_usd: '0.123456789', allowed_models: ['fast', 'balanced'] } },
      settings: { max_queue_seconds: 30, monthly_budget_usd: 12.5 },
    })
    expect(await list(free)).toEqual([[77, '0.123456789', ['fast', 'balanced']]])
    expect(await list(settings)).toEqual([[30, '12.5']])
    expect(await list('select per_month, concurrent from public.plans where name = $$free$$')).toEqual([before])
  })

  it('writes no audit entry when nothing differs, and takes null for no limit', async () => {
    const before = await audited()
    await migrateTo({ plans: { free: { per_day: 77 } }, settings: { max_queue_seconds: 30 } })
    expect(await audited()).toEqual(before)
    await migrateTo({ plans: { free: { per_day: null } } })
    expect(await list(free)).toEqual([[null, '0.123456789', ['fast', 'balanced']]])
  })

  it('leaves a later change by SQL in place when the file does not name it', async () => {
    await admin.query(`update public.plans set per_day = 5 where name = 'free'`)
    await migrateTo({ plans: { free: { monthly_budget_usd: '1' } } })
    expect(await list(free)).toEqual([[5, '1', ['fast', 'balanced']]])
  })

  it.each<[string, unknown, RegExp]>([
    ['is not JSON', '{', /RECTO_LIMITS: /],
    ['has an unknown part', { limits: {} }, /RECTO_LIMITS: .*limits/],
    [
      'has a plan that there is not',
      { plans: { gold: { per_day: 1 } } },
      /RECTO_LIMITS: plans\.gold: there is no such plan/,
    ],
    ['has an unknown column', { plans: { free: { per_dya: 1 } } }, /RECTO_LIMITS: plans\.free: .*per_dya/],
    ['has a value of a wrong type', { plans: { free: { per_day: 'many' } } }, /RECTO_LIMITS: plans\.free: .*many/],
    ['has a value that is not allowed', { plans: { pro: { per_day: -1 } } }, /RECTO_LIMITS: plans\.pro: .*check/],
    ['renames a plan', { plans: { pro: { name: 'free2' } } }, /RECTO_LIMITS: plans\.pro: name cannot be changed/],
    ['has a wrong setting', { settings: { singleton: false } }, /RECTO_LIMITS: settings: singleton cannot be changed/],
  ])('changes no limit and says why when the file %s', async (_, limits, says) => {
    const before = [await list(free), await list(settings), await audited()]
    const both = typeof limits === 'string' ? limits : { settings: { free_teams: 9 }, ...Object(limits) }
    const error = await migrateTo(both).catch((thrown: Error) => thrown)
    expect(String(error)).toMatch(says)
    expect(String(error)).not.toMatch(/^ +at /m)
    expect([await list(free), await list(settings), await audited()]).toEqual(before)
  })

  it('says so when the file is missing', async () => {
    await expect(migrateWith({ limits: '/nowhere/limits.json' })).rejects.toThrow(/RECTO_LIMITS: ENOENT/)
  })
})

describe('npm run migrate, for a database that an unreleased version made', () => {
  it('changes nothing and says so', async () => {
    const rename = 'update supabase_migrations.schema_migrations set version = $2 where version = $1'
    const [first] = await list('select min(version) from supabase_migrations.schema_migrations')
    await admin.query(rename, [first, '20261121000000'])
    const before = await shape()
    const error = await migrateWith({ apiPassword: 'new' }).catch((thrown: Error) => thrown)
    expect(String(error)).toContain('made by an unreleased version of Recto: use a new database')
    expect(await shape()).toEqual(before)
    await admin.query(rename, ['20261121000000', first])
  })
})

describe('supabase db advisors', () => {
  const advise = () =>
    run(
      supabaseCli,
      ['db', 'advisors', `--remote=${supabase.databaseUrl}?sslmode=disable`, '--fail-on', 'warn', '--yes'],
      { cwd: projectRoot },
    )

  it('has no warning', async () => {
    expect((await advise()).stderr).toContain('No issues found')
  })

  it('warns about a table without row level security', async () => {
    await admin.query(
      'create table public.open_to_all (id int primary key); grant select on public.open_to_all to anon',
    )
    await expect(advise()).rejects.toMatchObject({ stdout: expect.stringContaining('open_to_all') })
    await admin.query('drop table public.open_to_all')
  })
})
