import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

/** The rows of a query with one column, as an array of its values. */
const list = async (sql: string): Promise<unknown[]> => {
  const { rows } = await system.admin.query<unknown[]>({ text: sql, rowMode: 'array' })
  return rows.map(([value]) => value)
}

describe('row level security', () => {
  it('is on for every table of public and recto, and no view bypasses it', async () => {
    const open = await list(
      `select oid::regclass::text from pg_class where relnamespace::regnamespace::text in ('public', 'recto')
         and (relkind in ('m', 'f') or (relkind in ('r', 'p') and not relrowsecurity)
           or (relkind = 'v' and 'security_invoker=true' <> all (coalesce(reloptions, '{}'))))`,
    )
    expect(open).toEqual([])
  })

  it('has policies for named roles only', async () => {
    // Where people read rows of several people, a second policy refuses estimated counts.
    const policies = await list(
      `select tablename || ' ' || lower(cmd) || ' ' || array_to_string(roles, ',') from pg_policies
       where schemaname in ('public', 'recto') order by 1`,
    )
    expect(policies).toEqual([
      'account_invitations select authenticated',
      'account_invitations select authenticated',
      'account_members select authenticated',
      'account_members select authenticated',
      'account_settings select recto_worker',
      'accounts select authenticated',
      'accounts select authenticated',
      'ai_calls insert recto_worker',
      'ai_calls select recto_worker',
      'ai_calls update recto_worker',
      'ai_findings insert recto_worker',
      'ai_findings select authenticated',
      'ai_findings select authenticated',
      'ai_findings select recto_worker',
      'ai_generations insert authenticated',
      'ai_generations select authenticated',
      'ai_generations select authenticated',
      'ai_generations select recto_worker',
      'ai_generations update recto_worker',
      'ai_routes_health insert recto_worker',
      'ai_routes_health select recto_worker',
      'ai_routes_health update recto_worker',
      'ai_suggestions insert recto_worker',
      'ai_suggestions select authenticated',
      'ai_suggestions select authenticated',
      'ai_suggestions select recto_worker',
      'budget_alerts select authenticated',
      'budget_alerts select authenticated',
      'budget_alerts select recto_worker',
      'budget_alerts update recto_worker',
      'budget_blocks select recto_worker',
      'card_reviews select authenticated',
      'card_reviews select authenticated',
      'card_schedules select authenticated',
      'card_schedules select authenticated',
      'cards delete authenticated',
      'cards insert authenticated',
      'cards select authenticated',
      'cards select authenticated',
      'cards update authenticated',
      'connection_checks all recto_worker',
      'plans select authenticated',
      'queue_health insert recto_worker',
      'queue_health select recto_worker',
      'queue_health update recto_worker',
      'result_cache all recto_worker',
      'webhook_attempts all recto_worker',
      'webhook_attempts select authenticated',
      'webhook_attempts select authenticated',
      'webhook_deliveries select authenticated',
      'webhook_deliveries select authenticated',
      'webhook_deliveries select recto_worker',
      'webhook_deliveries update recto_worker',
      'webhook_endpoints delete authenticated',
      'webhook_endpoints select authenticated',
      'webhook_endpoints select authenticated',
      'webhook_endpoints select recto_worker',
      'webhook_endpoints update authenticated',
      'webhook_endpoints update recto_worker',
      'webhook_secrets select recto_worker',
    ])
  })

  it('evaluates the caller once per statement and uses an index', async () => {
    const bare = await list(
      `select tablename || ': ' || policyname from pg_policies where 'authenticated' = any(roles)
         and regexp_replace(coalesce(qual, '') || coalesce(with_check, ''), '\\( SELECT (auth|recto)\\.\\w+\\(\\) AS \\w+\\)', '', 'g')
           ~ '(auth|recto)\\.'`,
    )
    expect(bare).toEqual([])
    const columns = {
      ai_findings: ['user_id', 'account_id'],
      ai_generations: ['user_id', 'account_id'],
      ai_suggestions: ['user_id'],
      accounts: ['id'],
      account_invitations: ['user_id', 'account_id'],
      account_members: ['account_id', 'user_id'],
      budget_alerts: ['account_id'],
      card_reviews: ['user_id'],
      card_schedules: ['user_id'],
      cards: ['user_id'],
      webhook_attempts: ['account_id'],
      webhook_deliveries: ['account_id'],
      webhook_endpoints: ['account_id'],
    }
    const withPolicies = await list(
      `select distinct tablename::text from pg_policies where schemaname = 'public' and 'authenticated' = any(roles) order by 1`,
    )
    const withoutEstimates = await list(
      `select tablename::text from pg_policies where permissive = 'RESTRICTIVE'
         and qual = 'recto_requests.refuse_estimates()' and roles = '{authenticated}' and cmd = 'SELECT' order by 1`,
    )
    expect(withoutEstimates).toEqual(Object.keys(columns).toSorted())
    // Every person may read all plans.
    expect(withPolicies).toEqual([...Object.keys(columns), 'plans'].toSorted())
    for (const [table, names] of Object.entries(columns)) {
      const leading = await list(
        `select attname::text from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
         where indrelid = 'public.${table}'::regclass and indpred is null`,
      )
      expect(leading, table).toEqual(expect.arrayContaining(names))
    }
  })
})
