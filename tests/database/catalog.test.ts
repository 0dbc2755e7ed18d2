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
/** The role that has a grant. 0 stands for PUBLIC. */
const grantee = `coalesce(nullif(acl.grantee, 0)::regrole::text, 'public')`
const withoutOwner = `acl.grantee not in (select oid from pg_roles where rolname in ('postgres', 'supabase_admin'))`
const workerTables = 'select, insert, update, delete'
const verbs = (text: string) => text.split(', ').sort().join(', ')

describe('grants', () => {
  it('on schemas are exactly these', async () => {
    const granted = await list(
      `select nspname || ': ' || ${grantee} || ' ' || lower(string_agg(acl.privilege_type, ', ' order by acl.privilege_type))
       from pg_namespace, aclexplode(nspacl) acl
       where nspname in ('recto', 'recto_requests', 'pgboss', 'supabase_migrations') and ${withoutOwner} group by nspname, acl.grantee order by 1`,
    )
    expect(granted).toEqual([
      'pgboss: recto_api usage',
      'pgboss: recto_dashboard usage',
      'pgboss: recto_worker usage',
      'recto: authenticated usage',
      'recto: recto_api usage',
      'recto: recto_worker usage',
      'recto_requests: anon usage',
      'recto_requests: authenticated usage',
      'recto_requests: service_role usage',
    ])
  })

  it('on whole tables and sequences are exactly these', async () => {
    const granted = await list(
      `select c.oid::regclass || ': ' || ${grantee} || ' ' || lower(string_agg(acl.privilege_type, ', ' order by acl.privilege_type))
       from pg_class c, aclexplode(relacl) acl
       where relnamespace::regnamespace::text in ${ours} and ${withoutOwner} and c.relname not like 'queue\\_stats\\_%'
       group by c.oid, acl.grantee order by 1`,
    )
    const queueTables = [
      'bam',
      'job',
      'job_common',
      'job_dependency',
      'queue',
      'queue_stats',
      'schedule',
      'subscription',
      'version',
      'warning',
    ]
    expect(granted).toEqual(
      [
        'account_invitations: authenticated select',
        'account_members: authenticated select',
        'accounts: authenticated select',
        'ai_findings: authenticated select',
        'ai_generations: authenticated select',
        'ai_generations: recto_worker select',
        'ai_routes_health: recto_worker insert, select',
        'ai_suggestions: authenticated select',
        'budget_alerts: authenticated select',
        'budget_alerts: recto_worker select',
        'card_reviews: authenticated select',
        'card_schedules: authenticated select',
        'cards: authenticated delete, select',
        'plans: authenticated select',
        'webhook_attempts: authenticated select',
        'webhook_attempts: recto_worker delete, insert',
        'webhook_deliveries: authenticated select',
        'webhook_deliveries: recto_worker select',
        'webhook_endpoints: authenticated delete, select',
        'recto.queue_health: recto_worker select',
        `pgboss.job_common: recto_api ${verbs(workerTables)}`,
        'pgboss.queue: recto_api select',
        'pgboss.version: recto_api select',
        ...queueTables.map((table) => `pgboss.${table}: recto_worker ${verbs(workerTables)}`),
        ...queueTables.map((table) => `pgboss.${table}: recto_dashboard select`),
        'recto.account_settings: recto_worker select',
        'recto.result_cache: recto_worker delete, insert, select',
        'recto.connection_checks: recto_worker delete, select',
        'recto.generations: authenticated select',
      ].sort(),
    )
  })

  it('on single columns are exactly these', async () => {
    const granted = await list(
      `select c.oid::regclass || ': ' || ${grantee} || ' ' || lower(acl.privilege_type) || ' '
         || string_agg(attname, ' ' order by attname)
       from pg_class c join pg_attribute on attrelid = c.oid, aclexplode(attacl) acl
       where relnamespace::regnamespace::text in ${ours} and ${withoutOwner}
       group by c.oid, acl.grantee, acl.privilege_type order by 1`,
    )
    const columns = (text: string) => text.split(' ').sort().join(' ')
    const reservedColumns =
      'region data_residency key_fingerprint hedge purpose kind reserved_usd estimated_usd fx_rate settle_after'
    const looked =
      'started_at attempt provider model provider_request_id outcome reserved_usd estimated_usd settle_after settle_tries finished_at cost_source model_served'
    const call =
      'model_served outcome http_status provider_request_id estimated_usd tokens_input tokens_output tokens_reasoning tokens_cached'
    expect(granted).toEqual(
      [
        `ai_calls: recto_worker insert ${columns(`id generation_id user_id account_id attempt provider model ${reservedColumns}`)}`,
        `ai_calls: recto_worker select ${columns(`id account_id generation_id tokens_input tokens_output cost_usd ${looked}`)}`,
        `ai_calls: recto_worker update ${columns(`${call} cost_usd cost_source latency_ms first_token_ms error finished_at settle_after settle_tries`)}`,
        `ai_findings: recto_worker insert ${columns('generation_id user_id account_id written_at position path start_line end_line quote category level title message replacement flags fingerprint')}`,
        'ai_findings: recto_worker select generation_id',
        `ai_generations: authenticated insert ${columns('kind source_text input model prompt_version options data_residency optimize max_total_tokens idempotency_key account_id')}`,
        `ai_generations: recto_worker update ${columns('status attempts delivered_at tokens_input tokens_output cost_usd ai_metadata error output suggestions_count started_at finished_at waiting')}`,
        `ai_routes_health: recto_worker update ${columns('region state reason openings open_until changed_at seen_at priced_on')}`,
        `ai_suggestions: recto_worker insert ${columns('generation_id user_id account_id written_at position front back source_quote quote_start quote_end flags fingerprint')}`,
        `ai_suggestions: recto_worker select ${columns('generation_id user_id fingerprint status')}`,
        'budget_alerts: recto_worker update enqueued_at',
        'cards: authenticated insert back front tags',
        'cards: authenticated update back front tags',
        `webhook_attempts: recto_worker select ${columns('delivery_id number')}`,
        `webhook_deliveries: recto_worker update ${columns('status attempts tries due_at queued_at finished_at')}`,
        `webhook_endpoints: authenticated update ${columns('url events description enabled')}`,
        `webhook_endpoints: recto_worker select ${columns('id account_id url enabled disabled_at failing_since')}`,
        `webhook_endpoints: recto_worker update ${columns('enabled disabled_reason failing_since')}`,
        `recto.webhook_secrets: recto_worker select ${columns('endpoint_id secret private_key created_at expires_at')}`,
        'recto.queue_health: recto_worker insert band depth run_seconds waiting_since',
        'recto.queue_health: recto_worker update depth measured_at run_seconds waiting_since',
        'recto.result_cache: recto_worker update answer expires_at generation_id',
        'recto.connection_checks: recto_worker update result status',
        'recto.budget_blocks: recto_worker select account_id',
      ].sort(),
    )
  })

  it('on functions are exactly these', async () => {
    const granted = await list(
      `select p.oid::regproc || ': ' || ${grantee}
       from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) acl
       where pronamespace::regnamespace::text in ('public', 'recto', 'recto_requests', 'supabase_migrations') and ${withoutOwner} order by 1`,
    )
    const to = (role: string, names: string) => names.split(' ').map((name) => `${name}: ${role}`)
    const forPeople = [
      ...to('authenticated', 'change_team create_team remove_member set_member'),
      ...to('authenticated', 'invite_member accept_invitation decline_invitation recto.administered_team_ids'),
      ...to(
        'authenticated',
        'recto.cancel_generation recto.delete_generation recto.request_connection_check recto.connection_check_result',
      ),
      ...to(
        'authenticated',
        'recto.account_windows recto.connection_check_window recto.account_limits recto.account_models recto.waiting_place recto.usage recto.acceptance',
      ),
      ...to(
        'authenticated',
        'recto.team_ids recto.sharing_team_ids recto.sharing_since recto.text_digest recto.options_valid recto.input_valid',
      ),
      ...to(
        'authenticated',
        'recto.export_admissions recto.export_calls recto.export_settings recto.export_overrides recto.export_spending',
      ),
      ...to(
        'authenticated',
        'recto.export_usage recto.export_acceptance recto.export_connection_checks recto.export_audit_log',
      ),
      ...to('authenticated', 'recto.count_dry_run recto.export_dry_runs'),
      ...to(
        'authenticated',
        'recto.begin_erasure recto.continue_erasure recto.continue_card_erasure recto.continue_delivery_erasure recto.end_erasure',
      ),
      ...to(
        'authenticated',
        'recto.require_webhook_admin recto.administer_webhook recto.create_webhook recto.rotate_webhook_secret recto.send_webhook_test recto.replay_deliveries recto.export_deliveries',
      ),
      ...to(
        'authenticated',
        'review_suggestions review_findings recto.search_cards recto.import_cards recto.card_side_valid recto.tags_valid',
      ),
      ...to('authenticated', 'recto.lock_schedule recto.record_review recto.due_with_tag'),
      ...to('authenticated', 'recto.fold_text recto.card_keys recto.second_of recto.span_keys'),
      ...to('authenticated', 'recto_requests.refuse_estimates'),
      ...to(
        'authenticated',
        'recto.operator_generations recto.operator_stuck recto.operator_routes recto.operator_provider_keys recto.operator_queue recto.operator_workers recto.operator_failures recto.operator_latest_failures recto.operator_cost_by_account',
      ),
    ]
    const forJson = ['authenticated', 'authenticator'].flatMap((role) => to(role, 'recto.money_as_json'))
    const beforeRequests = ['anon', 'authenticated', 'service_role'].flatMap((role) =>
      to(role, 'recto_requests.check_request'),
    )
    const forProcesses = [
      ...to(
        'recto_api',
        'recto.default_windows recto.default_connection_check_window recto.live_routes recto.read_generations recto.account_of_generation recto.account_of_webhook recto.offer_names recto.worker_alive recto.queue_state recto.insert_generation recto.submit',
      ),
      ...to(
        'recto_worker',
        'recto.options_valid recto.input_valid recto.provider_keys recto.record_key_fingerprints recto.effective_plan recto.promote_waiting recto.account_policy recto.account_of_generation',
      ),
      ...to(
        'recto_worker',
        'recto.block_model recto.lock_spending recto.prune_expired recto.apply_retention recto.roll_up_usage recto.unblock_models recto.check_alerts recto.take_incident_events recto.try_lock_recovery recto.waiting_metadata recto.provider_key_ages recto.recent_first_tokens recto.offer_names recto.finish_calls recto.finish_runs',
      ),
      ...to(
        'recto_worker',
        'recto.add_job recto.time_as_json recto.queue_deliveries recto.hand_back_delivery recto.recover_deliveries recto.record_webhook_attempt',
      ),
    ]
    const forAnalysts = to(
      'recto_analyst',
      'recto.count_usage recto.count_acceptance recto.month_of recto.deployment_account recto.effective_budget recto.provider_key_ages',
    )
    expect(granted).toEqual([...forPeople, ...forJson, ...beforeRequests, ...forProcesses, ...forAnalysts].toSorted())
  })

  it('give the API process no table of Recto or Supabase', async () => {
    const readable = await list(
      `select c.oid::regclass::text from pg_class c
       where relkind in ('r', 'p', 'v', 'm', 'f') and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
         and has_schema_privilege('recto_api', relnamespace, 'usage')
         and has_any_column_privilege('recto_api', c.oid, 'select, insert, update, references') order by 1`,
    )
    expect(readable).toEqual(['pgboss.job_common', 'pgboss.queue', 'pgboss.version'])
  })

  it('are not given by default to a table that is created later', async () => {
    expect(
      await list(`select defaclacl::text from pg_default_acl where defaclnamespace::regnamespace::text in ${ours}`),
    ).toEqual([])
  })
})

describe('roles', () => {
  it('of the processes have no special attributes and may switch to authenticated only', async () => {
    const special = await list(
      `select rolname from pg_roles where rolname in ('recto_api', 'recto_worker') and rolcanlogin and not
         (rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls) order by 1`,
    )
    expect(special).toEqual(['recto_api', 'recto_worker'])
    const memberships = await list(
      `select member::regrole || ' in ' || roleid::regrole || case when admin_option then ' as admin' else '' end
         || case when inherit_option then ' inheriting' else '' end
       from pg_auth_members where member::regrole::text in ('recto_api', 'recto_worker', 'authenticated', 'anon', 'service_role')`,
    )
    expect(memberships).toEqual(['recto_api in authenticated'])
  })
})

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

describe('tables and functions', () => {
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
      'recto.continue_card_erasure(integer)',
      'recto.continue_delivery_erasure(integer)',
      'recto.continue_erasure(integer)',
      'recto.count_dry_run()',
      'recto.create_webhook(uuid,text,text[],text,text,text,text)',
      'recto.default_connection_check_window()',
      'recto.default_windows()',
      'recto.delete_generation(uuid)',
      'recto.due_with_tag(text,boolean,integer)',
      'recto.end_erasure(integer)',
      'recto.export_acceptance()',
      'recto.export_admissions(bigint,integer)',
      'recto.export_audit_log()',
      'recto.export_calls(timestamp with time zone,uuid,integer)',
      'recto.export_connection_checks()',
      'recto.export_deliveries(timestamp with time zone,uuid,integer)',
      'recto.export_dry_runs()',
      'recto.export_overrides()',
      'recto.export_settings()',
      'recto.export_spending()',
      'recto.export_usage()',
      'recto.import_cards(jsonb)',
      'recto.live_routes()',
      'recto.lock_schedule(uuid)',
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
      'recto.queue_state()',
      // The caller's own cards alone.
      'recto.record_review(jsonb)',
      'recto.replay_deliveries(uuid,uuid,timestamp with time zone,timestamp with time zone,text[])',
      'recto.request_connection_check(text,text)',
      'recto.require_webhook_admin(uuid)',
      'recto.rotate_webhook_secret(uuid,integer,text,text,text)',
      'recto.search_cards(text,text,timestamp with time zone,uuid,integer)',
      'recto.send_webhook_test(uuid)',
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
