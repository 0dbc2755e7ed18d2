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

const ours = `('public', 'recto', 'pgboss', 'supabase_migrations')`

describe('grants', () => {
  it('give the API process no table of Recto or Supabase', async () => {
    const readable = await list(
      `select c.oid::regclass::text from pg_class c
       where relkind in ('r', 'p', 'v', 'm', 'f')
         and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pgboss')
         and has_schema_privilege('recto_api', relnamespace, 'usage')
         and has_any_column_privilege('recto_api', c.oid, 'select, insert, update, references') order by 1`,
    )
    expect(readable).toEqual([])
  })

  it('are not given by default to a table that is created later', async () => {
    expect(
      await list(`select defaclacl::text from pg_default_acl where defaclnamespace::regnamespace::text in ${ours}`),
    ).toEqual([])
  })
})

describe('roles', () => {
  it('of Recto log in and have no special attributes', async () => {
    const special = await list(
      `select rolname from pg_roles where rolname like 'recto\\_%' and (not rolcanlogin
         or rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`,
    )
    expect(special).toEqual([])
  })
})

describe('tables and functions', () => {
  // Postgres looks at the body of a function only when it runs. Behind a quote stands the name of a setting or a lock.
  it('name in the bodies of functions only what exists', async () => {
    const named = `from pg_proc p cross join lateral
        regexp_matches(p.prosrc, '(?<!'')\\m(recto|recto_requests|operator|public|pgboss)\\.(\\w+)', 'g') as m (parts)
      where p.pronamespace::regnamespace::text in ('public', 'recto', 'recto_requests', 'operator')`
    const exists = `exists (select from pg_proc q where q.pronamespace::regnamespace::text = m.parts[1] and q.proname = m.parts[2])
      or to_regclass(m.parts[1] || '.' || m.parts[2]) is not null or to_regtype(m.parts[1] || '.' || m.parts[2]) is not null`
    expect((await list(`select p.proname ${named} and (${exists})`)).length).toBeGreaterThan(300)
    expect(
      await list(`select p.proname || ': ' || array_to_string(m.parts, '.') ${named} and not (${exists})`),
    ).toEqual([])
  })

  it('have an index that begins with the first column of every foreign key', async () => {
    const unindexed = await list(
      `select conrelid::regclass || ': ' || conname from pg_constraint
       where contype = 'f' and connamespace::regnamespace::text in ('public', 'recto') and not exists (
         select from pg_index where indrelid = conrelid and indkey[0] = conkey[1] and indpred is null)`,
    )
    expect(unindexed).toEqual([])
  })

  it('offer few security definer functions to people, and none takes the caller’s id as an argument', async () => {
    const definers = await list(
      `select oid::regprocedure::text from pg_proc where prosecdef and pronamespace::regnamespace::text in ${ours}
         and (has_function_privilege('authenticated', oid, 'execute') or has_function_privilege('recto_api', oid, 'execute'))
         and pronamespace <> 'pgboss'::regnamespace order by 1`,
    )
    expect(definers).toEqual([
      // Functions of teams may take the id of a member, and check the rights of the caller.
      'accept_invitation(uuid)',
      'change_team(uuid,text,boolean)',
      'create_team(text)',
      'decline_invitation(uuid)',
      'invite_member(uuid,uuid,text)',
      // These functions take the id of an account, and answer only its members.
      'recto.acceptance(uuid,date,date,text)',
      // For the API process alone.
      'recto.account_cells_since(timestamp with time zone,uuid,integer)',
      'recto.account_cells_start(integer)',
      'recto.account_limits(uuid)',
      'recto.account_models(uuid)',
      // For the API process alone.
      'recto.account_of_generation(uuid)',
      'recto.account_of_webhook(uuid)',
      // These name an account, and answer its members alone.
      'recto.account_windows(uuid)',
      // Functions of webhooks check that the caller administers its account.
      'recto.administer_webhook(uuid)',
      'recto.administered_team_ids()',
      'recto.begin_erasure()',
      'recto.cancel_generation(uuid)',
      'recto.connection_check_result(uuid)',
      'recto.connection_check_window()',
      'recto.continue_erasure(integer)',
      'recto.count_dry_run()',
      'recto.create_webhook(uuid,text,text[],text,text,text,text)',
      'recto.default_connection_check_window()',
      'recto.default_windows()',
      'recto.delete_generation(uuid)',
      // For the API process alone.
      'recto.deleted_people(text,integer)',
      'recto.due_with_tag(text,boolean,integer)',
      // For the API process alone.
      'recto.erase_deleted(uuid)',
      'recto.export_acceptance()',
      'recto.export_admissions(bigint,integer)',
      'recto.export_audit_log()',
      'recto.export_calls(timestamp with time zone,uuid,integer)',
      'recto.export_cell()',
      'recto.export_connection_checks()',
      'recto.export_deliveries(timestamp with time zone,uuid,integer)',
      'recto.export_dry_runs()',
      'recto.export_overrides()',
      'recto.export_settings()',
      'recto.export_spending()',
      'recto.export_usage()',
      // For the API process alone.
      'recto.forget_place(uuid,text)',
      'recto.import_cards(jsonb)',
      // For the API process alone.
      'recto.introduce(uuid,boolean)',
      'recto.live_routes()',
      'recto.lock_schedule(uuid)',
      // For the API process alone.
      'recto.moves_under_way()',
      // For the processes alone.
      'recto.offer_names(text[],text[],text[],jsonb[],text[],text[])',
      // These answer those whose token names them operators.
      'recto.operator_cost_by_account()',
      'recto.operator_failures()',
      'recto.operator_generations()',
      'recto.operator_latest_failures()',
      'recto.operator_provider_keys()',
      'recto.operator_queue()',
      'recto.operator_routes()',
      'recto.operator_stuck()',
      'recto.operator_workers()',
      // For the API process alone.
      'recto.place_new_person(uuid,text[])',
      'recto.place_of(uuid)',
      'recto.queue_state()',
      // The caller's own cards alone.
      'recto.record_review(jsonb)',
      'recto.replay_deliveries(uuid,uuid,timestamp with time zone,timestamp with time zone,text[])',
      'recto.request_connection_check(text,text)',
      'recto.require_webhook_admin(uuid)',
      'recto.rotate_webhook_secret(uuid,integer,text,text,text)',
      'recto.search_cards(text,text,timestamp with time zone,uuid,integer)',
      'recto.send_webhook_test(uuid)',
      // For the API process alone.
      'recto.set_introduced(uuid,timestamp with time zone)',
      'recto.sharing_since()',
      'recto.sharing_team_ids()',
      'recto.team_ids()',
      'recto.usage(uuid,date,date,text)',
      'recto.waiting_place(uuid)',
      // For the processes alone.
      'recto.worker_alive(double precision)',
      'remove_member(uuid,uuid)',
      // The caller's own findings and suggestions alone.
      'review_findings(jsonb)',
      'review_suggestions(jsonb)',
      'set_member(uuid,uuid,text)',
    ])
    const open = await list(
      `select oid::regprocedure::text from pg_proc where pronamespace::regnamespace::text in ${ours}
         and not coalesce(proconfig @> array['search_path=""'], false)`,
    )
    expect(open).toEqual([])
  })
})
