import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Supabase } from './supabase.ts'
import { startThrowaway } from './throwaway.ts'
import { until } from './until.ts'

// A table under RLS for people who are signed in, and a function, as the migration of an app would create them.
const schema = `
  create table public.notes (id serial primary key, user_id uuid not null default auth.uid() references auth.users on delete cascade, body text);
  alter table public.notes enable row level security;
  grant select, insert on public.notes to authenticated;
  grant usage on all sequences in schema public to authenticated;
  create policy own on public.notes to authenticated using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
  create function public.whoami() returns jsonb language sql stable as $$
    select jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'email', auth.email(), 'iss', auth.jwt() ->> 'iss')
  $$;
`

let supabase: Supabase

beforeAll(async () => {
  supabase = await startThrowaway({ migrate: false })
  const client = new Client({ connectionString: supabase.databaseUrl })
  await client.connect()
  await client.query(schema)
  await client.end()
  // PostgREST reloads the schema by itself after a migration.
  const seen = async () => (await anonymous().rpc('whoami')).status === 200
  await until(seen, { what: 'the new schema in PostgREST', timeoutMs: 30_000 })
})
afterAll(() => supabase?.stop())

const anonymous = (): SupabaseClient => createClient(supabase.supabaseUrl, supabase.publishableKey)
const tokenOf = async (name: string, more: object = {}) => {
  const { id, email } = await supabase.addPerson(name)
  return supabase.issueToken({ sub: id, email, ...more })
}
const signedIn = async (name: string, more: object = {}): Promise<SupabaseClient> => {
  const token = await tokenOf(name, more)
  return createClient(supabase.supabaseUrl, supabase.publishableKey, { accessToken: async () => token })
}

test('the gateway lets supabase-js insert, select and call a function as the person of its token', async () => {
  const [ada, bob] = [await signedIn('ada'), await signedIn('bob')]
  const inserted = await ada.from('notes').insert({ body: 'a & b = 100 %' }).select('body').single()
  expect(inserted).toMatchObject({ status: 201, data: { body: 'a & b = 100 %' } })
  expect((await ada.from('notes').select('body').eq('body', 'a & b = 100 %')).data).toHaveLength(1)
  expect((await bob.from('notes').select('body')).data).toEqual([])
  const { id, email } = await supabase.addPerson('ada')
  const iss = `${supabase.supabaseUrl}/auth/v1`
  expect((await ada.rpc('whoami')).data).toEqual({ uid: id, role: 'authenticated', email, iss })
})

test('the gateway treats a caller as anon without a token, and with the publishable key as the token', async () => {
  expect((await anonymous().rpc('whoami')).data).toMatchObject({ uid: null, role: 'anon' })
  expect((await anonymous().from('notes').select()).error).toMatchObject({ code: '42501' })
})

test('the gateway requires the publishable key, in a header or in the query', async () => {
  const url = `${supabase.supabaseUrl}/rest/v1/rpc/whoami`
  expect((await fetch(url)).status).toBe(401)
  expect((await fetch(url, { headers: { apikey: 'sb_publishable_wrong' } })).status).toBe(401)
  expect((await fetch(`${url}?apikey=${supabase.publishableKey}`)).status).toBe(200)
})

test('the gateway lets a browser call /rest/v1 and /auth/v1 from another origin', async () => {
  const headers = {
    origin: 'http://app.test',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'apikey',
  }
  for (const path of ['/rest/v1/notes', '/auth/v1/user']) {
    const preflight = await fetch(`${supabase.supabaseUrl}${path}`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apikey')
    const refused = await fetch(`${supabase.supabaseUrl}${path}`, { headers: { origin: 'http://app.test' } })
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  }
})

test('getClaims of supabase-js verifies a token by the key set of the gateway', async () => {
  const { id } = await supabase.addPerson('ada')
  const { data, error } = await anonymous().auth.getClaims(await tokenOf('ada'))
  expect(error).toBeNull()
  expect(data?.claims).toMatchObject({ sub: id, role: 'authenticated', aud: 'authenticated' })
  expect(data?.header.alg).toBe('ES256')
})

test('PostgREST and getClaims accept a token of the legacy secret', async () => {
  const token = await tokenOf('ada', { algorithm: 'HS256' })
  const { id, email } = await supabase.addPerson('ada')
  expect((await anonymous().auth.getClaims(token)).data?.claims).toMatchObject({ sub: id })
  expect((await (await signedIn('ada', { algorithm: 'HS256' })).rpc('whoami')).data).toMatchObject({ email })
})

test('getUser answers the person, and rejects tokens that are expired, forged or of an unknown person', async () => {
  const { id, email } = await supabase.addPerson('ada')
  const auth = anonymous().auth
  const good = await auth.getUser(await tokenOf('ada'))
  expect(good.data.user).toMatchObject({ id, email, aud: 'authenticated', role: 'authenticated', is_anonymous: false })
  const stranger = await supabase.issueToken({ sub: '3f0c8f5e-57c5-4c5f-8d1b-000000000001' })
  const [head, , signature] = (await tokenOf('ada')).split('.')
  const forged = [head, Buffer.from(JSON.stringify({ sub: id, exp: 4e9 })).toString('base64url'), signature].join('.')
  for (const token of [await tokenOf('ada', { expiresIn: -5 }), forged, stranger]) {
    expect((await auth.getUser(token)).error?.status).toBe(403)
  }
})

test('PostgREST rejects an expired token and does not treat its caller as anon', async () => {
  expect((await (await signedIn('ada', { expiresIn: -60 })).rpc('whoami')).status).toBe(401)
})

test('the gateway passes large requests and responses on whole', async () => {
  const ada = await signedIn('carol')
  const body = 'ż'.repeat(400_000)
  expect((await ada.from('notes').insert({ body })).status).toBe(201)
  expect((await ada.from('notes').select('body')).data).toEqual([{ body }])
})

test('the gateway serves the same clients and data again after Postgres crashed and restarted', async () => {
  const dora = await signedIn('dora')
  await dora.from('notes').insert({ body: 'kept' })
  await supabase.killPostgres()
  expect((await dora.from('notes').select('body')).error).not.toBeNull()
  await supabase.restartPostgres()
  const read = async () => (await dora.from('notes').select('body')).data
  await expect.poll(read, { timeout: 20_000 }).toEqual([{ body: 'kept' }])
})
