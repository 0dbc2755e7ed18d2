import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Supabase } from './supabase.ts'
import { startThrowaway } from './throwaway.ts'

let supabase: Supabase

beforeAll(async () => {
  supabase = await startThrowaway()
})
afterAll(() => supabase?.stop())

/** A client as a page creates it, which keeps its session to itself. */
const page = (): SupabaseClient =>
  createClient(supabase.supabaseUrl, supabase.publishableKey, { auth: { persistSession: false } })
const newEmail = () => `${crypto.randomUUID().slice(0, 8)}@example.org`
const password = 'correct horse 🐎'

/** What a page keeps of a session. */
const Session = z.looseObject({ access_token: z.string(), refresh_token: z.string(), user: z.looseObject({}) })

describe('the console', () => {
  const signIn = (body: unknown, headers: Record<string, string> = { apikey: supabase.publishableKey }) =>
    fetch(`${supabase.supabaseUrl}/auth/v1/made-up-person`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  test('signs a made-up person in by a name, as the one that `npm run token` knows, with a session that renews', async () => {
    const known = await supabase.addPerson('ana')
    for (const name of ['ana', ' ana ']) {
      const session = Session.parse(await (await signIn({ name })).json())
      expect(session.user).toMatchObject(known)
      const { data, error } = await page().auth.setSession(session)
      expect([data.user?.id, error]).toEqual([known.id, null])
      const renewed = await page().auth.refreshSession(session)
      expect(renewed.data.user?.id).toBe(known.id)
    }
  })

  test.each([[{ name: ' ' }], [{}], [{ name: 7 }], [null], [{ name: 'a'.repeat(101) }]])(
    'is refused with the body %j',
    async (body) => {
      expect((await signIn(body)).status).toBe(400)
    },
  )

  test('is refused without the publishable key', async () => {
    expect((await signIn({ name: 'ana' }, {})).status).toBe(401)
  })
})

describe('a page with supabase-js', () => {
  test('signs a person up, and is signed in as that person at once', async () => {
    const [db, email] = [page(), newEmail()]
    const { data, error } = await db.auth.signUp({
      email: email.toUpperCase(),
      password,
      options: { data: { name: 'Ada' } },
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ email, is_anonymous: false, user_metadata: { name: 'Ada' } })
    expect(data.session).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect((await db.auth.getUser()).data.user?.id).toBe(data.user?.id)
    const inserted = await db
      .from('ai_generations')
      .insert({ source_text: 'Many words. '.repeat(100) })
      .select('user_id')
    expect(inserted).toMatchObject({ status: 201, data: [{ user_id: data.user?.id }] })
  })

  test('signs in with the password that was chosen, and with no other', async () => {
    const email = newEmail()
    const { data } = await page().auth.signUp({ email, password })
    const again = await page().auth.signInWithPassword({ email, password })
    expect(again.data.user?.id).toBe(data.user?.id)
    expect(again.data.session?.user.last_sign_in_at).toEqual(expect.any(String))
    for (const wrong of [
      { email, password: 'Correct horse 🐎' },
      { email: newEmail(), password },
    ]) {
      const { error, data: none } = await page().auth.signInWithPassword(wrong)
      expect([error?.status, error?.code, none.session]).toEqual([400, 'invalid_credentials', null])
    }
  })

  test('signs in anonymously, each time as a new person', async () => {
    const [first, second] = [page(), page()]
    const ids = [await first.auth.signInAnonymously(), await second.auth.signInAnonymously()].map(
      ({ data }) => data.user?.id,
    )
    expect(new Set(ids).size).toBe(2)
    expect((await first.auth.getClaims()).data?.claims).toMatchObject({ sub: ids[0], is_anonymous: true, email: '' })
    expect((await first.auth.getUser()).data.user).toMatchObject({ id: ids[0], is_anonymous: true })
  })

  test('renews its session, and signs out', async () => {
    const db = page()
    const { data } = await db.auth.signUp({ email: newEmail(), password })
    const renewed = await db.auth.refreshSession()
    expect(renewed.error).toBeNull()
    expect(renewed.data.user?.id).toBe(data.user?.id)
    expect(renewed.data.session?.access_token).not.toBe(data.session?.access_token)
    expect((await db.auth.signOut()).error).toBeNull()
    expect((await db.auth.getSession()).data.session).toBeNull()
  })

  test.each<[string, { email: string; password: string }, number, string]>([
    ['a short password', { email: 'ada@example.org', password: '12345' }, 422, 'weak_password'],
    ['an address that is none', { email: 'ada', password }, 400, 'validation_failed'],
    ['U+0000 in the address', { email: 'a\0da@example.org', password }, 400, 'validation_failed'],
  ])('is refused to sign up with %s', async (_, credentials, status, code) => {
    const { error } = await page().auth.signUp(credentials)
    expect([error?.status, error?.code]).toEqual([status, code])
  })

  test('is refused to sign up with an address that somebody has', async () => {
    const email = newEmail()
    const both = await Promise.all([page().auth.signUp({ email, password }), page().auth.signUp({ email, password })])
    expect(both.filter(({ error }) => error === null)).toHaveLength(1)
    expect(both.find(({ error }) => error !== null)?.error).toMatchObject({ status: 422, code: 'user_already_exists' })
  })
})

describe('the auth routes', () => {
  const post = (path: string, body: unknown, headers: Record<string, string> = { apikey: supabase.publishableKey }) =>
    fetch(`${supabase.supabaseUrl}/auth/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('require the publishable key', async () => {
    for (const path of ['/signup', '/token?grant_type=password', '/logout'])
      expect((await post(path, {}, {})).status, path).toBe(401)
  })

  test('accept no access token as a refresh token, and none of a person who is gone', async () => {
    const { data } = await page().auth.signUp({ email: newEmail(), password })
    const renew = async (refresh_token: string | undefined) =>
      (await post('/token?grant_type=refresh_token', { refresh_token })).status
    expect(await renew(data.session?.access_token)).toBe(400)
    expect(await renew('nonsense')).toBe(400)
    expect(await renew(data.session?.refresh_token)).toBe(200)
    const admin = new Client({ connectionString: supabase.adminUrl })
    await admin.connect()
    await admin.query('delete from auth.users where id = $1', [data.user?.id]).finally(() => admin.end())
    expect(await renew(data.session?.refresh_token)).toBe(400)
  })

  test('give no access with a refresh token', async () => {
    const { data } = await page().auth.signUp({ email: newEmail(), password })
    const token = data.session?.refresh_token ?? ''
    expect((await page().auth.getUser(token)).error?.status).toBe(403)
    const db = createClient(supabase.supabaseUrl, supabase.publishableKey, { accessToken: async () => token })
    expect((await db.from('ai_generations').select('id')).status).toBe(401)
  })

  test('answer 400 for half a body and for another way to sign in', async () => {
    expect((await post('/signup', '{')).status).toBe(400)
    expect((await post('/token?grant_type=id_token', {})).status).toBe(400)
  })

  test('store no password as it is', async () => {
    const email = newEmail()
    await page().auth.signUp({ email, password })
    const admin = new Client({ connectionString: supabase.adminUrl })
    await admin.connect()
    const { rows } = await admin
      .query('select encrypted_password as stored from auth.users where email = $1', [email])
      .finally(() => admin.end())
    expect(rows).toEqual([{ stored: expect.stringMatching(/^scrypt:[\w-]+:[\w-]+$/) }])
  })
})
