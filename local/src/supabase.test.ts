import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandLineOf } from './processes.ts'
import { startSupabase } from './supabase.ts'

let home: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'supabase-'))
  // Only this user may enter. Under root, Postgres runs as `nobody` and so needs its data elsewhere.
  chmodSync(folder, 0o700)
  home = join(folder, 'home')
})
afterEach(() => {
  const data = join(home, 'postgres')
  if (existsSync(data)) rmSync(realpathSync(data), { recursive: true })
  rmSync(join(home, '..'), { recursive: true })
})

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
    .query(text)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

test('startSupabase finds data, ports, people and keys of the first start at the second one', async () => {
  const first = await startSupabase({ home, migrate: false })
  const ada = await first.addPerson('ada')
  await query(first.databaseUrl, 'create table public.kept as select 42 as answer')
  const pids = first.children().map(({ pid }) => pid)
  await first.stop()
  expect(pids.map(commandLineOf)).toEqual(pids.map(() => undefined))

  const second = await startSupabase({ home, migrate: false })
  expect([second.supabaseUrl, second.databaseUrl]).toEqual([first.supabaseUrl, first.databaseUrl])
  expect(await query(second.databaseUrl, 'select answer from public.kept')).toEqual([{ answer: 42 }])
  expect(await second.addPerson('ada')).toEqual(ada)
  expect(await query(second.databaseUrl, 'select count(*)::int as people from auth.users')).toEqual([{ people: 1 }])
  expect(second.secrets.keys).toEqual(first.secrets.keys)
  await second.stop()
})

test('startSupabase ends a Postgres that a crashed start left running, and uses its data', async () => {
  const crashed = await startSupabase({ home, migrate: false })
  const [postgres] = crashed.children()
  const next = await startSupabase({ home, migrate: false })
  expect(postgres?.alive()).toBe(false)
  expect(await query(next.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  await crashed.stop()
  await next.stop()
})

test('startSupabase makes the database anew after a first start that was interrupted', async () => {
  const cut = await startSupabase({ home, migrate: false })
  await cut.stop('immediate')
  rmSync(join(cut.dataDir, 'recto.ready'))
  const next = await startSupabase({ home, migrate: false })
  expect(await query(next.databaseUrl, 'select id from auth.users')).toEqual([])
  await next.stop()
})

test('startSupabase makes secrets and data readable by their owner only, and turns fsync on', async () => {
  mkdirSync(home, { mode: 0o711 })
  const supabase = await startSupabase({ home, migrate: false })
  expect(statSync(join(home, 'secrets.json')).mode & 0o077).toBe(0)
  expect(statSync(supabase.dataDir).mode & 0o077).toBe(0)
  expect(await query(supabase.databaseUrl, 'show fsync')).toEqual([{ fsync: 'on' }])
  expect(readFileSync(join(home, 'logs', 'postgres.log'), 'utf8')).not.toContain(supabase.secrets.passwords.postgres)
  await supabase.stop()
})

test('startSupabase refuses a data directory of an unreleased version and leaves it unchanged', async () => {
  const old = await startSupabase({ home, migrate: false })
  await query(
    old.databaseUrl,
    `create schema recto; create schema supabase_migrations;
     create table supabase_migrations.schema_migrations (version text primary key);
     insert into supabase_migrations.schema_migrations values ('20261121000000')`,
  )
  await old.stop()
  await expect(startSupabase({ home })).rejects.toThrow(
    `The data in ${old.dataDir} was made by an unreleased version of Recto: move that directory away or delete it`,
  )
  const kept = await startSupabase({ home, migrate: false })
  const tables = 'select relname from pg_class where relnamespace = any (array[$$recto$$, $$public$$]::regnamespace[])'
  expect(await query(kept.databaseUrl, tables)).toEqual([])
  await kept.stop()
})
