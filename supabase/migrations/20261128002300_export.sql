-- What people are shown of the rows about them that they cannot read themselves, for their export.

create function recto.export_calls(after_time timestamptz, after_id uuid, most integer)
  returns table (id uuid, generation_id uuid, account_id uuid, attempt integer, purpose text, provider text, region text,
    data_residency text, model text, model_served text, outcome text, http_status integer, provider_request_id text,
    tokens_input integer, tokens_output integer, tokens_reasoning integer, tokens_cached integer, cost_usd numeric,
    cost_source text, latency_ms integer, first_token_ms integer, error jsonb, started_at timestamptz, finished_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select c.id, c.generation_id, c.account_id, c.attempt, c.purpose, c.provider, c.region, c.data_residency, c.model, c.model_served,
    c.outcome, c.http_status, c.provider_request_id, c.tokens_input, c.tokens_output, c.tokens_reasoning, c.tokens_cached, c.cost_usd,
    c.cost_source, c.latency_ms, c.first_token_ms, c.error, c.started_at, c.finished_at
  from public.ai_calls c
  where c.user_id = (select auth.uid())
    and (c.started_at, c.id) > (coalesce(after_time, '-infinity'), coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  order by c.started_at, c.id limit most
$$;

create function recto.export_admissions(after_seq bigint, most integer)
  returns table (seq bigint, admitted_at timestamptz, tokens bigint)
  language sql stable security definer set search_path = ''
as $$
  select a.seq, a.admitted_at, a.tokens from recto.admissions a
  where a.account_id = (select auth.uid()) and a.seq > coalesce(after_seq, 0)
  order by a.seq limit most
$$;

-- There are few rows of each further kind. A row of the audit log stays a JSON object: it is made for people to read.

create function recto.export_settings() returns setof recto.account_settings
  language sql stable security definer set search_path = ''
as $$ select s.* from recto.account_settings s where s.account_id = (select auth.uid()) $$;

create function recto.export_overrides() returns setof recto.account_overrides
  language sql stable security definer set search_path = ''
as $$ select o.* from recto.account_overrides o where o.account_id = (select auth.uid()) $$;

create function recto.export_spending() returns table (month date, spent_usd numeric, reserved_usd numeric)
  language sql stable security definer set search_path = ''
as $$
  select s.month, trim_scale(s.spent_usd), trim_scale(s.reserved_usd) from recto.spending s where s.account_id = (select auth.uid())
$$;

create function recto.export_usage()
  returns table (day date, account_id uuid, model text, kind text, generations bigint, suggestions bigint, accepted bigint, rejected bigint,
    calls bigint, tokens_input bigint, tokens_output bigint, cost_usd numeric)
  language sql stable security definer set search_path = ''
as $$
  select u.day, u.account_id, u.model, u.kind, u.generations, u.suggestions, u.accepted, u.rejected, u.calls, u.tokens_input, u.tokens_output,
    u.cost_usd
  from recto.usage_daily u where u.user_id = (select auth.uid())
$$;

create function recto.export_acceptance()
  returns table (day date, account_id uuid, kind text, prompt_version text, model text, language text, flags text[], status text,
    edited boolean, reject_reason text, suggestions bigint)
  language sql stable security definer set search_path = ''
as $$
  select a.day, a.account_id, a.kind, a.prompt_version, a.model, a.language, a.flags, a.status, a.edited, a.reject_reason,
    a.suggestions
  from recto.acceptance_daily a where a.user_id = (select auth.uid())
$$;

create function recto.export_connection_checks()
  returns table (id uuid, account_id uuid, model text, message text, status text, result jsonb, created_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select t.id, t.account_id, t.model, t.message, t.status, t.result, t.created_at
  from recto.connection_checks t where t.user_id = (select auth.uid())
$$;

create function recto.export_audit_log() returns setof jsonb
  language sql stable security definer set search_path = ''
as $$
  select to_jsonb(l) from recto.audit_log l
  where l.account_id = (select auth.uid()) or l.actor = (select auth.uid())::text
$$;

revoke all on function recto.export_calls(timestamptz, uuid, integer), recto.export_admissions(bigint, integer),
  recto.export_settings(), recto.export_overrides(), recto.export_spending(), recto.export_usage(),
  recto.export_acceptance(), recto.export_connection_checks(), recto.export_audit_log() from public;
grant execute on function recto.export_calls(timestamptz, uuid, integer), recto.export_admissions(bigint, integer),
  recto.export_settings(), recto.export_overrides(), recto.export_spending(), recto.export_usage(),
  recto.export_acceptance(), recto.export_connection_checks(), recto.export_audit_log() to authenticated;
