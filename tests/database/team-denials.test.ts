import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeamOf, personOfEachRole } from '../support/team.ts'

type Part = 'owner' | 'admin' | 'member' | 'outsider'

let system: System
let people: Record<Part, TestPerson>
let team: string
beforeAll(async () => {
  system = await startSystem()
  people = await personOfEachRole(() => system.person())
})
afterAll(() => system?.stop())
beforeEach(async () => {
  team = await createTeamOf(system, people)
})
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)),
  )

describe('a person of any role is denied', () => {
  const attempt = (part: Part, sql: string) => {
    const { id } = people[part]
    const text = sql.replaceAll(':team', `'${team}'`).replaceAll(':me', `'${id}'`)
    return outcome(asPerson(system.supabase.apiDatabaseUrl, id, (client) => client.query(text)))
  }

  it.each([
    `update public.accounts set plan = 'pro' where id = :team`,
    `update public.accounts set shares_texts = true where id = :team`,
    `insert into public.accounts (id, kind, plan) values (:me, 'personal', 'pro')`,
    'delete from public.accounts where id = :team',
    `insert into public.account_members (account_id, user_id, role) values (:team, :me, 'owner')`,
    `update public.account_members set role = 'owner' where user_id = :me`,
    'delete from public.account_members where account_id = :team',
    `insert into public.account_invitations (account_id, user_id, role, team_name) values (:team, :me, 'owner', 'x')`,
    `update public.account_invitations set role = 'owner' where user_id = :me`,
    'delete from public.account_invitations where account_id = :team',
    'update public.plans set per_day = 1000000',
    `insert into public.plans (name) values ('mine')`,
    'delete from public.plans',
    `insert into recto.account_overrides (account_id, changes, expires_at) values (:me, '{"per_day": 9}', now() + interval '1 day')`,
    'select 1 from recto.account_overrides',
    'select 1 from recto.audit_log',
    `insert into recto.audit_log (actor, action, subject) values ('me', 'insert', 'plans')`,
    'truncate recto.audit_log',
    'select 1 from recto.admissions',
    'delete from recto.admissions where account_id = :me',
    'update recto.settings set max_queue_seconds = 1',
    'select 1 from recto.settings',
    'select 1 from recto.queue_health',
    'update recto.queue_health set waiting_since = now()',
    'select 1 from recto.spending',
    'update recto.spending set spent_usd = 0',
    'update public.budget_alerts set spent_usd = 0',
    'delete from public.budget_alerts',
    'update public.ai_generations set waiting = false',
    'select recto.effective_plan(:me)',
    'select recto.promote_waiting(:team)',
    'select recto.can_use_account(:team, :me)',
    'select recto.lock_team(:team)',
    'select recto.hold_team(:team)',
    'select recto.require_owner(:team)',
    'select recto.promote_owner(:team)',
    'select recto.leave_all_teams(:me)',
    `select recto.check_role_change('owner', 'member', 'owner')`,
    'select recto.window_usage(:team, null, now())',
    'select recto.deny_window(:team, null, now(), 1)',
    'select recto.deny_budget(:team, 1, 1)',
    'select recto.effective_budget(:team)',
    'select recto.account_policy(:team)',
    'select recto.block_model(:team, null, 1, 1)',
  ])('%s', async (sql) => {
    for (const part of ['owner', 'member'] as const) expect(await attempt(part, sql)).toBe('42501')
  })
})
