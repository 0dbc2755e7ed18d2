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

-- All other rows: there are few of each kind. Money is text, as everywhere in the API.
create function recto.export_records() returns table (type text, data jsonb)
  language sql stable security definer set search_path = ''
as $$
  with caller as (select auth.uid() as id)
  select 'account', to_jsonb(a) from public.accounts a, caller where a.id = caller.id
  union all
  select 'membership', to_jsonb(m) - 'user_id' || jsonb_build_object('name', a.name)
    from public.account_members m join public.accounts a on a.id = m.account_id, caller where m.user_id = caller.id
  union all
  select 'setting', to_jsonb(s) from recto.account_settings s, caller where s.account_id = caller.id
  union all
  select 'override', to_jsonb(o) from recto.account_overrides o, caller where o.account_id = caller.id
  union all
  select 'spending', jsonb_build_object('month', s.month, 'spent_usd', s.spent_usd::text, 'reserved_usd', s.reserved_usd::text)
    from recto.spending s, caller where s.account_id = caller.id
  union all
  select 'usage', jsonb_build_object('day', u.day, 'account_id', u.account_id, 'model', u.model, 'generations', u.generations,
      'suggestions', u.suggestions, 'accepted', u.accepted, 'rejected', u.rejected, 'calls', u.calls, 'tokens_input', u.tokens_input,
      'tokens_output', u.tokens_output, 'cost_usd', u.cost_usd::text)
    from recto.usage_daily u, caller where u.user_id = caller.id
  union all
  select 'alert', jsonb_build_object('month', b.month, 'threshold', b.threshold, 'budget_usd', b.budget_usd::text,
      'spent_usd', b.spent_usd::text, 'created_at', b.created_at)
    from public.budget_alerts b, caller where b.account_id = caller.id
  union all
  select 'connection_check', to_jsonb(t) - 'user_id' from recto.connection_checks t, caller where t.user_id = caller.id
  union all
  select 'audit', to_jsonb(l) from recto.audit_log l, caller where l.account_id = caller.id or l.actor = caller.id::text
$$;

revoke all on function recto.export_calls(timestamptz, uuid, integer), recto.export_admissions(bigint, integer), recto.export_records() from public;
grant execute on function recto.export_calls(timestamptz, uuid, integer), recto.export_admissions(bigint, integer), recto.export_records() to authenticated;
