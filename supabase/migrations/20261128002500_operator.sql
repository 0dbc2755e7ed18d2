-- Views that operators read as the role postgres. No role of the application can use this schema, and PostgREST does
-- not expose it.

create schema operator;
comment on schema operator is 'Views for operators; docs/operations.md has examples. Must not be exposed by PostgREST.';
revoke all on schema operator from public;

-- Rolled up days, and a live count of the days after them. A change of a past day within the last minute may be
-- missing.
create view operator.usage with (security_invoker = true) as
  select d.* from recto.usage_daily d where d.day <= (select s.rolled_through from recto.usage_state s)
  union all
  select c.* from recto.usage_state s, recto.count_usage(s.rolled_through + 1, (now() at time zone 'UTC')::date, null) c;
comment on view operator.usage is
  'Usage by day, account, person and model. Sums and percentiles of any grouping can be made of these rows.';

create view operator.usage_by_day with (security_invoker = true) as
  select u.day, count(distinct u.account_id) as accounts, count(distinct u.user_id) as people, sum(u.generations) as generations,
    sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.cancelled) as cancelled, sum(u.cached) as cached,
    sum(u.suggestions) as suggestions, sum(u.accepted) as accepted, sum(u.rejected) as rejected,
    round(sum(u.accepted) / nullif(sum(u.accepted) + sum(u.rejected), 0), 4) as acceptance_rate,
    sum(u.calls) as calls, sum(u.tokens_input) as tokens_input, sum(u.tokens_output) as tokens_output,
    sum(u.cost_usd) as cost_usd, sum(u.saved_usd) as saved_usd
  from operator.usage u group by u.day;

create view operator.cost_by_account with (security_invoker = true) as
  with costs as (
    select recto.month_of(u.day::timestamp at time zone 'UTC') as month, u.account_id, sum(u.generations) as generations, sum(u.cost_usd) as cost_usd
    from operator.usage u group by 1, 2
  ), every as (
    select * from costs
    union all
    select c.month, recto.deployment_account(), sum(c.generations), sum(c.cost_usd) from costs c group by c.month
  )
  select e.month, e.account_id, case when e.account_id = recto.deployment_account() then 'deployment' else coalesce(a.kind, 'personal') end as kind,
    a.name, a.plan, e.generations, e.cost_usd, coalesce(s.reserved_usd, 0) as reserved_usd, b.budget_usd,
    round(100 * e.cost_usd / nullif(b.budget_usd, 0), 1) as used_percent
  from every e
  left join public.accounts a on a.id = e.account_id
  left join recto.spending s on s.account_id = e.account_id and s.month = e.month
  -- Only the budget of this month is known here. Earlier budgets stand in the audit log.
  left join lateral (select recto.effective_budget(e.account_id) as budget_usd where e.month = recto.month_of(now())) b on true;
comment on view operator.cost_by_account is
  'Cost per month (UTC), with the budget in force now. The account 00000000-0000-0000-0000-000000000000 is the deployment.';

create view operator.provider_latency with (security_invoker = true) as
  select c.provider, c.model, count(*) as calls, round(avg((c.outcome = 'ok')::integer), 4) as ok_rate,
    round(percentile_cont(0.5) within group (order by c.latency_ms)) as p50_ms,
    round(percentile_cont(0.95) within group (order by c.latency_ms)) as p95_ms,
    round(percentile_cont(0.99) within group (order by c.latency_ms)) as p99_ms,
    round(percentile_cont(0.5) within group (order by c.first_token_ms)) as first_token_p50_ms,
    round(percentile_cont(0.95) within group (order by c.first_token_ms)) as first_token_p95_ms,
    max(c.latency_ms) as max_ms
  from public.ai_calls c
  where c.started_at > now() - interval '24 hours' and c.outcome <> 'not_sent' group by c.provider, c.model;
comment on view operator.provider_latency is 'Calls of the last 24 hours that were sent and have ended.';

create view operator.failures with (security_invoker = true) as
  select 'generation' as what, g.error ->> 'code' as code, g.error ->> 'provider' as provider, count(*) as count,
    count(distinct g.account_id) as accounts, max(g.finished_at) as last_at, (array_agg(g.id order by g.finished_at desc))[1] as last_generation_id
  from public.ai_generations g
  where g.created_at > now() - interval '24 hours' and g.status = 'failed' group by 2, 3
  union all
  select 'call', c.outcome, c.provider, count(*), count(distinct c.account_id), max(c.finished_at),
    (array_agg(c.generation_id order by c.finished_at desc))[1]
  from public.ai_calls c
  where c.started_at > now() - interval '24 hours' and c.outcome <> 'ok' group by 2, 3;
comment on view operator.failures is
  'Failures of the last 24 hours: generations by error code, and calls by failure class, many of which another provider made good.';

revoke all on all tables in schema operator from public, anon, authenticated, service_role;
