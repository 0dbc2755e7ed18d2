import { publicKeySet } from '@recto/local/signing-keys'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, hmacToken, strangerToken, unsignedToken } from '../support/forged-tokens.ts'
import { seedGeneration, seedReview } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { type Answer, requests, type Target } from './postgrest-requests.ts'

/** What each actor gets for a request about ana's rows: only own rows, nothing, or an error with status and code. */
const table: [request: keyof typeof requests, anon: string, ana: string, ben: string][] = [
  ['read all generations', '401 42501', 'own', 'own'],
  ['read a generation', '401 42501', 'own', 'nothing'],
  ['read generations of a person', '401 42501', 'own', 'nothing'],
  ['read generations with or', '401 42501', 'own', 'own'],
  ['read generations with their suggestions', '401 42501', 'own', 'own'],
  ['read generations with their calls', '401 42501', '403 42501', '403 42501'],
  ['read generations with their people', '400 PGRST200', '400 PGRST200', '400 PGRST200'],
  ['read generations as CSV', '401 42501', 'own', 'own'],
  ['read the plan of a query', '415 PGRST107', '415 PGRST107', '415 PGRST107'],
  ['count generations', '401 42501', 'own', 'own'],
  ['count generations by aggregate', '400 PGRST123', '400 PGRST123', '400 PGRST123'],
  ['read all suggestions', '401 42501', 'own', 'own'],
  ['read a suggestion', '401 42501', 'own', 'nothing'],
  ['read suggestions with their generation', '401 42501', 'own', 'own'],
  ['order suggestions by their generation', '401 42501', 'own', 'own'],
  ['read all findings', '401 42501', 'own', 'own'],
  ['read a finding', '401 42501', 'own', 'nothing'],
  ['read findings with their generation', '401 42501', 'own', 'own'],
  ['read all cards', '401 42501', 'own', 'own'],
  ['read a card', '401 42501', 'own', 'nothing'],
  ['read suggestions with their cards', '401 42501', 'own', 'own'],
  ['find cards by their text', '401 42501', 'own', 'own'],
  ['count cards', '401 42501', 'own', 'own'],
  ['read all schedules', '401 42501', 'own', 'own'],
  ['read a schedule', '401 42501', 'own', 'nothing'],
  ['read schedules with their cards', '401 42501', 'own', 'own'],
  ['read all reviews of cards', '401 42501', 'own', 'own'],
  ['read reviews of a card', '401 42501', 'own', 'nothing'],
  ['search cards', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['read all calls', '401 42501', '403 42501', '403 42501'],
  ['read the id of a call', '401 42501', '403 42501', '403 42501'],
  ['count calls', '401 42501', '403 42501', '403 42501'],
  ['order generations by their calls', '401 42501', '403 42501', '403 42501'],
  ['read the health of routes', '401 42501', '403 42501', '403 42501'],
  ['count the routes', '401 42501', '403 42501', '403 42501'],
  ['read account settings', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['read connection checks', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['read the cache of cards', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['read keys', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['use up the limit of a person', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['create a generation', '401 42501', 'own', 'own'],
  ['create several generations', '401 42501', 'own', 'own'],
  ['create a generation in a person’s name', '401 42501', '403 42501', '403 42501'],
  ['create a generation that stays in the EU', '401 42501', 'own', 'own'],
  ['end the residency of a generation', '401 42501', '403 42501', '403 42501'],
  ['end the residency of an account', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['replace a generation by upsert', '401 42501', '403 42501', '403 42501'],
  ['upsert a generation by its text alone', '401 42501', '403 42501', '403 42501'],
  ['update a generation', '401 42501', '403 42501', '403 42501'],
  ['cancel a generation', '401 42501', '403 42501', '403 42501'],
  ['delete a generation', '401 42501', '403 42501', '403 42501'],
  ['delete every generation', '401 42501', '403 42501', '403 42501'],
  ['create a suggestion', '401 42501', '403 42501', '403 42501'],
  ['accept a suggestion', '401 42501', '403 42501', '403 42501'],
  ['delete a suggestion', '401 42501', '403 42501', '403 42501'],
  ['change what the model wrote', '401 42501', '403 42501', '403 42501'],
  ['review a suggestion that does not exist', '401 42501', '404 PT404', '404 PT404'],
  ['review a finding that does not exist', '401 42501', '404 PT404', '404 PT404'],
  ['create a finding', '401 42501', '403 42501', '403 42501'],
  ['accept a finding', '401 42501', '403 42501', '403 42501'],
  ['delete a finding', '401 42501', '403 42501', '403 42501'],
  ['create a card in a person’s name', '401 42501', '403 42501', '403 42501'],
  ['create a card of a suggestion', '401 42501', '403 42501', '403 42501'],
  ['create a card of a model', '401 42501', '403 42501', '403 42501'],
  ['replace a card by upsert', '401 42501', '403 42501', '403 42501'],
  ['change a schedule', '401 42501', '403 42501', '403 42501'],
  ['delete every schedule', '401 42501', '403 42501', '403 42501'],
  ['create a schedule', '401 42501', '403 42501', '403 42501'],
  ['create a review of a card', '401 42501', '403 42501', '403 42501'],
  ['change a review of a card', '401 42501', '403 42501', '403 42501'],
  ['delete every review of a card', '401 42501', '403 42501', '403 42501'],
  ['lock a schedule', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['record a review', '406 PGRST106', '406 PGRST106', '406 PGRST106'],
  ['record a review in the public schema', '404 PGRST202', '404 PGRST202', '404 PGRST202'],
  ['give a card away', '401 42501', '403 42501', '403 42501'],
  ['create a call', '401 42501', '403 42501', '403 42501'],
  ['change the cost of a call', '401 42501', '403 42501', '403 42501'],
  ['delete a call', '401 42501', '403 42501', '403 42501'],
  ['add a route', '401 42501', '403 42501', '403 42501'],
  ['open a route', '401 42501', '403 42501', '403 42501'],
  ['delete every route', '401 42501', '403 42501', '403 42501'],
]

let system: System
let target: Target
let actors: Record<'anon' | 'ana' | 'ben', { id?: string; db: SupabaseClient }>

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  const { supabase, admin } = system
  const [ana, ben] = [await system.person(), await system.person()]
  const { id, suggestionIds, callId } = await seedGeneration(admin, ana.id)
  await seedGeneration(admin, ben.id)
  const { findingId } = await seedReview(admin, ana.id)
  await seedReview(admin, ben.id)
  await seedInternalRows(ana.id, id)
  const cards = await admin.query(
    `insert into public.cards (user_id, front, back) values ($1, 'Front', 'Back'), ($2, 'Front', 'Back') returning id`,
    [ana.id, ben.id],
  )
  await admin.query(
    `insert into public.card_reviews
     select user_id, gen_random_uuid(), id, 1, 'good', now(), 'learning', now() + interval '10 minutes', 2.3, 2.1, 1, 0, 0 from public.cards`,
  )
  target = {
    userId: ana.id,
    generationId: id,
    suggestionId: suggestionIds[0] ?? '',
    findingId,
    callId,
    cardId: cards.rows[0].id,
  }
  const anonymous = createClient(supabase.supabaseUrl, supabase.publishableKey)
  actors = { anon: { db: anonymous }, ana: { id: ana.id, db: ana.client }, ben: { id: ben.id, db: ben.client } }
})
afterAll(() => system?.stop())

/** Adds a route, settings of the account, a connection check with its result, and cached cards. */
const seedInternalRows = async (userId: string, generationId: string): Promise<void> => {
  const { admin } = system
  await admin.query(
    `insert into public.ai_routes_health (provider, model, region) values ('openrouter', 'openai/gpt-oss-120b', 'global')`,
  )
  await admin.query(`insert into recto.account_settings (account_id, data_residency) values ($1, 'eu')`, [userId])
  await admin.query(
    `insert into recto.connection_checks (user_id, account_id, model, status, result) values ($1, $1, 'balanced', 'done', '{"ok": true}')`,
    [userId],
  )
  await admin.query(
    `insert into recto.result_cache (account_id, digest, generation_id, answer, expires_at)
     values ($1, 'digest', $2, '{}', now() + interval '1 hour')`,
    [userId, generationId],
  )
}

/** The owners of all rows of a response, nested rows too. A CSV has the owner as its only column. */
const ownersOf = (data: unknown): unknown[] => {
  if (typeof data === 'string') return data.split('\n').slice(1)
  if (Array.isArray(data)) return data.flatMap(ownersOf)
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([key, value]) => {
    if (key === 'user_id') return [value]
    return typeof value === 'string' ? [] : ownersOf(value)
  })
}

const outcome = ({ status, error, data, count }: Answer, actorId: string | undefined): string => {
  if (error) return `${status} ${error.code}`
  const owners = ownersOf(data)
  if (count !== null && count !== owners.length) return `counted ${count} of ${owners.length}`
  if (owners.length === 0) return 'nothing'
  return owners.every((owner) => owner === actorId) ? 'own' : 'others'
}

const readAll = async () => {
  const read = (name: string, by = 'id') =>
    system.admin.query(`select * from ${name} order by ${by}`).then(({ rows }) => rows)
  return {
    generations: await read('public.ai_generations'),
    suggestions: await read('public.ai_suggestions'),
    findings: await read('public.ai_findings'),
    calls: await read('public.ai_calls'),
    cards: await read('public.cards'),
    schedules: await read('public.card_schedules', 'card_id'),
    reviews: await read('public.card_reviews'),
    routes: await read('public.ai_routes_health', 'provider, model'),
    settings: await read('recto.account_settings', 'account_id'),
    checks: await read('recto.connection_checks'),
    cached: await read('recto.result_cache', 'account_id, digest'),
  }
}

describe('a request through PostgREST', () => {
  it.each(table)('%s: anon gets %s, the owner %s, another person %s', async (name, anon, ana, ben) => {
    const before = await readAll()
    const got = []
    for (const { id, db } of [actors.anon, actors.ana, actors.ben])
      got.push(outcome(await requests[name](db, target), id))
    expect(got).toEqual([anon, ana, ben])
    const after = await readAll()
    const isOld = ({ id }: { id: string }) => before.generations.some((row) => row.id === id)
    expect({ ...after, generations: after.generations.filter(isOld) }).toEqual(before)
  })

  it('of every kind has an expected outcome', () => {
    expect(table.map(([name]) => name)).toEqual(Object.keys(requests))
  })
})

describe('an invalid access token', () => {
  const roleToken = (role: string) => (sub: string) => system.supabase.issueToken({ sub, role })
  const claims = (sub: string) => claimsOf(sub, `${system.supabase.supabaseUrl}/auth/v1`)
  const keyId = () => system.supabase.secrets.keys.kid
  const publicKey = () => JSON.stringify(publicKeySet(system.supabase.secrets.keys).keys[0])
  const tokens: [name: string, create: (sub: string) => string | Promise<string>, error: string][] = [
    ['malformed', () => 'not.a.token', '401 PGRST301'],
    ['expired', (sub) => system.supabase.issueToken({ sub, expiresIn: -60 }), '401 PGRST301'],
    ['unsigned', (sub) => unsignedToken(claims(sub)), '401 PGRST301'],
    ['by a wrong key under the right id', (sub) => strangerToken(claims(sub), keyId()), '401 PGRST301'],
    ['HS256 by the public key', (sub) => hmacToken(claims(sub), publicKey(), keyId()), '401 PGRST301'],
    ['role service_role', roleToken('service_role'), '403 42501'],
    ['role recto_worker', roleToken('recto_worker'), '403 42501'],
    ['role recto_api', roleToken('recto_api'), '403 42501'],
    ['role postgres', roleToken('postgres'), '403 42501'],
    ['role supabase_admin', roleToken('supabase_admin'), '403 42501'],
  ]

  it.each(tokens)('gets an error for every request: %s', async (_name, makeToken, error) => {
    const token = await makeToken(target.userId)
    const { supabaseUrl, publishableKey } = system.supabase
    const db = createClient(supabaseUrl, publishableKey, { accessToken: async () => token })
    for (const name of [
      'read all generations',
      'read all suggestions',
      'read all findings',
      'read all cards',
      'read all schedules',
      'read all reviews of cards',
      'review a suggestion that does not exist',
      'read all calls',
      'read the health of routes',
      'create a generation',
    ] as const)
      expect(outcome(await requests[name](db, target), undefined), name).toBe(error)
  })
})
