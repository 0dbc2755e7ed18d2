import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Supabase } from './supabase.ts'
import { startThrowaway } from './throwaway.ts'

let supabase: Supabase
let db: Client

beforeAll(async () => {
  supabase = await startThrowaway({ migrate: false })
  db = new Client({ connectionString: supabase.databaseUrl })
  await db.connect()
})
afterAll(async () => {
  await db?.end()
  await supabase?.stop()
})

const row = async (text: string): Promise<unknown> => (await db.query(text)).rows[0]

test('bootstrap makes postgres a role that is not a superuser but creates roles and bypasses RLS', async () => {
  const attributes = 'rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication'
  expect(await row(`select ${attributes} from pg_roles where rolname = 'postgres'`)).toEqual({
    rolsuper: false,
    rolcreaterole: true,
    rolcreatedb: true,
    rolbypassrls: true,
    rolreplication: true,
  })
  await expect(db.query('alter system set work_mem = 64')).rejects.toMatchObject({ code: '42501' })
})

test("bootstrap lets postgres grant the API's roles and refer to auth.users, but not alter auth.users", async () => {
  await db.query('create role tester login; grant authenticated to tester; drop role tester')
  await db.query('create table public.t (id uuid references auth.users on delete cascade); drop table public.t')
  await expect(db.query('alter table auth.users add column mine int')).rejects.toMatchObject({ code: '42501' })
})

test('bootstrap gives anon, authenticated and service_role no rights to a new table in public', async () => {
  await db.query(
    'create table public.fresh (id int); create function public.f() returns int language sql as $$ select 1 $$',
  )
  const can = (role: string) =>
    `has_table_privilege('${role}', 'public.fresh', 'select, insert, update, delete') as ${role}`
  const nothing = { anon: false, authenticated: false, service_role: false }
  expect(await row(`select ${Object.keys(nothing).map(can).join(', ')}`)).toEqual(nothing)
})

test('bootstrap lets authenticator become anon, authenticated and service_role, and read nothing as itself', async () => {
  const url = supabase.databaseUrl.replace(/\/\/[^@]+@/, `//authenticator:${supabase.secrets.passwords.authenticator}@`)
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const role of ['anon', 'authenticated', 'service_role']) await client.query(`set role ${role}; reset role`)
  await expect(client.query('set role postgres')).rejects.toMatchObject({ code: '42501' })
  await expect(client.query('select * from auth.users')).rejects.toMatchObject({ code: '42501' })
  await client.end()
})

test('auth.uid(), auth.role(), auth.email() and auth.jwt() read the claims of the request', async () => {
  const sub = '5f0c8f5e-57c5-4c5f-8d1b-0123456789ab'
  const claims = JSON.stringify({ sub, role: 'authenticated', email: 'a@b.c' })
  await db.query('begin')
  await db.query("select set_config('request.jwt.claims', $1, true)", [claims])
  const read = "select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub' as sub"
  expect(await row(read)).toEqual({ uid: sub, role: 'authenticated', email: 'a@b.c', sub })
  await db.query('commit')
  expect(await row('select auth.uid()')).toEqual({ uid: null })
})

test('bootstrap creates an empty publication for Realtime to which postgres can add tables', async () => {
  await db.query(
    'create table public.live (id int primary key); alter publication supabase_realtime add table public.live',
  )
  expect(await row("select tablename from pg_publication_tables where pubname = 'supabase_realtime'")).toEqual({
    tablename: 'live',
  })
})
