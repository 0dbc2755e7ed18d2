import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('a page that changes its user', () => {
  const planOf = async (id: string | undefined) => {
    const admin = new Client({ connectionString: supabase.adminUrl })
    await admin.connect()
    const { rows } = await admin
      .query('select plan from public.accounts where id = $1', [id])
      .finally(() => admin.end())
    return rows[0]?.plan
  }

  test('makes an anonymous person a permanent one, who keeps rows and id and gets the plan of a new person', async () => {
    const [db, email] = [page(), newEmail()]
    const id = (await db.auth.signInAnonymously()).data.user?.id
    await db.from('ai_generations').insert({ source_text: 'Many words. '.repeat(100) })
    expect(await planOf(id)).toBe('anonymous')

    const { data, error } = await db.auth.updateUser({ email, password, data: { name: 'Ada' } })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      id,
      email,
      is_anonymous: false,
      user_metadata: { name: 'Ada' },
      app_metadata: { provider: 'email' },
    })
    expect(await planOf(id)).toBe('free')
    await db.auth.refreshSession()
    expect((await db.auth.getClaims()).data?.claims).toMatchObject({ sub: id, email, is_anonymous: false })

    const other = page()
    expect((await other.auth.signInWithPassword({ email, password })).data.user?.id).toBe(id)
    expect((await other.from('ai_generations').select('user_id')).data).toEqual([{ user_id: id }])
  })

  test('changes address and password of its own user alone, and merges metadata', async () => {
    const [db, other, email, next] = [page(), page(), newEmail(), newEmail()]
    const options = { data: { name: 'Ada', town: 'London' } }
    await db.auth.signUp({ email, password, options })
    await other.auth.signUp({ email: newEmail(), password, options })
    const { data } = await db.auth.updateUser({
      email: next,
      password: 'another horse',
      data: { name: 'Bea', town: null },
    })
    expect(data.user?.user_metadata).toEqual({ name: 'Bea' })
    expect((await other.auth.getUser()).data.user?.user_metadata).toEqual(options.data)
    const signIn = async (address: string, secret: string) =>
      (await page().auth.signInWithPassword({ email: address, password: secret })).error?.code
    expect(await signIn(next, 'another horse')).toBeUndefined()
    expect(await signIn(next, password)).toBe('invalid_credentials')
    expect(await signIn(email, 'another horse')).toBe('invalid_credentials')
  })

  test.each<[string, { email?: string; password?: string }, number, string]>([
    ['a short password', { password: '12345' }, 422, 'weak_password'],
    ['the password that it has', { password }, 422, 'same_password'],
    ['an address that is none', { email: 'ada' }, 400, 'validation_failed'],
  ])('is refused %s', async (_, changes, status, code) => {
    const db = page()
    await db.auth.signUp({ email: newEmail(), password })
    const { error } = await db.auth.updateUser(changes)
    expect([error?.status, error?.code]).toEqual([status, code])
  })

  test('is refused an address that somebody has, and a password alone for an anonymous person', async () => {
    const [db, email] = [page(), newEmail()]
    await page().auth.signUp({ email, password })
    await db.auth.signInAnonymously()
    expect((await db.auth.updateUser({ email })).error).toMatchObject({ status: 422, code: 'email_exists' })
    expect((await db.auth.updateUser({ password })).error).toMatchObject({ status: 422, code: 'validation_failed' })
    expect((await db.auth.getUser()).data.user).toMatchObject({ is_anonymous: true })
  })

  test('changes nothing without a valid token', async () => {
    const put = (headers: Record<string, string>) =>
      fetch(`${supabase.supabaseUrl}/auth/v1/user`, {
        method: 'PUT',
        headers: { apikey: supabase.publishableKey, 'content-type': 'application/json', ...headers },
        body: '{"data": {"name": "Eve"}}',
      })
    expect((await put({})).status).toBe(401)
    expect((await put({ authorization: 'Bearer not.a.token' })).status).toBe(403)
  })
})
