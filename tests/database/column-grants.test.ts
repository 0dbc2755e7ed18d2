import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration, seedReview } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let ana: TestPerson
/** Ana's client without the generated types, because the tests use columns that the types exclude. */
let db: SupabaseClient
let anon: SupabaseClient

beforeAll(async () => {
  system = await startSystem()
  ana = await system.person()
  db = ana.client
  anon = createClient(system.supabase.supabaseUrl, system.supabase.publishableKey)
})
afterAll(() => system?.stop())

type Row = Record<string, unknown> & { id: string }
const onlyRow = async (table: string, id: string): Promise<Row> => {
  const { rows } = await system.admin.query<Row>(`select * from public.${table} where id = $1`, [id])
  if (rows[0] === undefined) throw new Error(`no row in ${table}`)
  return rows[0]
}

describe('columns that a person may not write', () => {
  const requestColumns = [
    'kind',
    'source_text',
    'input',
    'model',
    'prompt_version',
    'options',
    'data_residency',
    'optimize',
    'max_total_tokens',
    'idempotency_key',
    'account_id',
  ]

  /** Postgres refuses a generated column before it looks at rights. */
  const refusalOf = (column: string) => (column === 'conversation_id' ? '428C9' : '42501')

  it('cannot be named in an insert, even with their default value', async () => {
    const { id } = await seedGeneration(system.admin, ana.id)
    const { source_text, ...row } = await onlyRow('ai_generations', id)
    const forged = Object.entries(row).filter(([column]) => !requestColumns.includes(column))
    expect(forged.map(([column]) => column)).toEqual(expect.arrayContaining(['user_id', 'status', 'cost_usd', 'error']))
    for (const [column, value] of forged) {
      const { error } = await db.from('ai_generations').insert({ source_text: newText(), [column]: value })
      expect(error?.code, column).toBe(refusalOf(column))
    }
  })

  it('include every column of every table on update', async () => {
    const seeded = await seedGeneration(system.admin, ana.id)
    const { findingId } = await seedReview(system.admin, ana.id)
    const targets = {
      ai_findings: findingId,
      ai_generations: seeded.id,
      ai_suggestions: seeded.suggestionIds[0] ?? '',
      ai_calls: seeded.callId,
    }
    for (const [table, id] of Object.entries(targets)) {
      const row = await onlyRow(table, id)
      for (const [column, value] of Object.entries(row)) {
        const { error } = await db
          .from(table)
          .update({ [column]: value })
          .eq('id', id)
        expect(error?.code, `${table}.${column}`).toBe(refusalOf(column))
      }
      expect(await onlyRow(table, id)).toEqual(row)
    }
  })

  it('are not reachable by PostgREST’s insert options', async () => {
    const { id } = await seedGeneration(system.admin, ana.id)
    const before = await onlyRow('ai_generations', id)
    const rest = (query: string, prefer: string, body: unknown) =>
      fetch(`${system.supabase.supabaseUrl}/rest/v1/ai_generations${query}`, {
        method: 'POST',
        headers: {
          apikey: system.supabase.publishableKey,
          authorization: `Bearer ${ana.token}`,
          'content-type': 'application/json',
          prefer,
        },
        body: JSON.stringify(body),
      }).then(({ status }) => status)
    const text = { source_text: newText() }
    expect(await rest('?columns=source_text,user_id', 'missing=default', text)).toBe(403)
    expect(await rest('?on_conflict=id', 'resolution=merge-duplicates', { ...text, id })).toBe(403)
    expect(await rest('?on_conflict=id', 'resolution=ignore-duplicates', { ...text, id })).toBe(403)
    expect(await rest('', 'tx=rollback', { ...text, status: 'succeeded' })).toBe(403)
    expect(await onlyRow('ai_generations', id)).toEqual(before)
  })
})

describe('PostgREST', () => {
  it.each(['recto', 'pgboss', 'auth', 'extensions', 'supabase_migrations', 'pg_catalog', 'information_schema'])(
    'does not offer the schema %s',
    async (schema) => {
      for (const client of [anon, db]) {
        const { status, error } = await client.schema(schema).from('users').select()
        expect([status, error?.code]).toEqual([406, 'PGRST106'])
      }
    },
  )

  it('offers only the functions of teams and of reviews, and only to signed-in people', async () => {
    const members = ['invite_member', 'accept_invitation', 'decline_invitation', 'set_member', 'remove_member']
    const offered = ['change_team', 'create_team', ...members, 'review_findings', 'review_suggestions']
    const teamArguments = { team: ana.id, name: 'x', member: ana.id, role: 'owner' }
    for (const name of offered) {
      const { status, error } = await anon.rpc(name, name.startsWith('review_') ? { decisions: [] } : teamArguments)
      expect([401, 404], name).toContain(status)
      expect(['42501', 'PGRST202'], name).toContain(error?.code)
    }
    const { rows } = await system.admin.query<{ name: string }>(
      `select distinct proname as name from pg_proc where pronamespace::regnamespace::text in ('public', 'recto', 'pgboss', 'auth')
       union values ('pg_notify'), ('set_config'), ('pg_sleep'), ('pg_read_file'), ('gen_random_uuid'), ('armor')`,
    )
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['cancel_generation', 'create_queue', 'uid']))
    for (const { name } of rows.filter((row) => !offered.includes(row.name))) {
      for (const client of [anon, db]) {
        const { status, error } = await client.rpc(name, { generation_id: ana.id })
        expect([status, error?.code], name).toEqual([404, 'PGRST202'])
      }
      const hidden = await db.schema('recto').rpc(name)
      expect(hidden.error?.code, name).toBe('PGRST106')
    }
  })

  it('describes to a caller only what the caller may use', async () => {
    const OpenApi = z.object({ paths: z.record(z.string(), z.unknown()) })
    const paths = async (headers: Record<string, string>) => {
      const apikey = system.supabase.publishableKey
      const answer = await fetch(`${system.supabase.supabaseUrl}/rest/v1/`, { headers: { apikey, ...headers } })
      return Object.keys(OpenApi.parse(await answer.json()).paths).sort()
    }
    expect(await paths({})).toEqual(['/'])
    expect(await paths({ authorization: `Bearer ${ana.token}` })).toEqual([
      '/',
      '/account_invitations',
      '/account_members',
      '/accounts',
      '/ai_findings',
      '/ai_generations',
      '/ai_suggestions',
      '/budget_alerts',
      '/card_reviews',
      '/card_schedules',
      '/cards',
      '/plans',
      '/rpc/accept_invitation',
      '/rpc/change_team',
      '/rpc/create_team',
      '/rpc/decline_invitation',
      '/rpc/invite_member',
      '/rpc/remove_member',
      '/rpc/review_findings',
      '/rpc/review_suggestions',
      '/rpc/set_member',
      '/webhook_attempts',
      '/webhook_deliveries',
      '/webhook_endpoints',
    ])
  })
})
