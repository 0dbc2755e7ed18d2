-- Views that operators read, as the role postgres or as recto_analyst. They are read with the rights of their owner, so
-- that recto_analyst needs no right on a table. No role of the application can use this schema, and PostgREST does not
-- expose it.

create schema operator;
comment on schema operator is 'Views for operators; docs/operations.md has examples. Must not be exposed by PostgREST.';
revoke all on schema operator from public;

-- Rolled up days, and a live count of the days after them. A change of a past day within the last minute may be
-- missing.
create view operator.usage as
  select u.day, u.account_id, u.user_id, coalesce(n.model, u.model) as model, u.kind, u.generations, u.succeeded, u.failed, u.cancelled,
    u.cached, u.suggestions, u.accepted, u.rejected, u.edited, u.saved_usd, u.waits, u.calls, u.tokens_input, u.tokens_output,
    u.cost_usd, u.latencies
  from (
    select d.* from recto.usage_daily d where d.day <= (select s.rolled_through from recto.usage_state s)
    union all
    select c.* from recto.usage_state s, recto.count_usage(s.rolled_through + 1, (now() at time zone 'UTC')::date, null) c
  ) u left join recto.model_names n on n.name = u.model;
comment on view operator.usage is
  'Usage by day, account, person, kind and model, a row for each name that a model had. Sums and percentiles of any grouping can be made of these rows.';
comment on column operator.usage.day is 'The day in UTC.';
comment on column operator.usage.account_id is 'The account that is billed.';
comment on column operator.usage.user_id is 'The person.';
comment on column operator.usage.model is 'The id of the model in the catalog; the name that was recorded where the catalog never had it.';
comment on column operator.usage.kind is 'The kind of the generations; connection_check for connection checks.';
comment on column operator.usage.generations is 'Generations that were created on the day.';
comment on column operator.usage.succeeded is 'Generations that succeeded.';
comment on column operator.usage.failed is 'Generations that failed.';
comment on column operator.usage.cancelled is 'Generations that were cancelled.';
comment on column operator.usage.cached is 'Succeeded generations that were served from the cache.';
comment on column operator.usage.suggestions is 'Suggestions of these generations.';
comment on column operator.usage.accepted is 'Suggestions that people accepted.';
comment on column operator.usage.rejected is 'Suggestions that people rejected.';
comment on column operator.usage.edited is 'Suggestions that people edited.';
comment on column operator.usage.saved_usd is 'What the cards from the cache cost when they were made, in USD.';
comment on column operator.usage.waits is 'Milliseconds from creation to end of each succeeded generation, sorted.';
comment on column operator.usage.calls is 'Requests to providers that started on the day.';
comment on column operator.usage.tokens_input is 'Tokens of the prompts.';
comment on column operator.usage.tokens_output is 'Tokens of the answers.';
comment on column operator.usage.cost_usd is 'Cost of the calls in USD, estimates included.';
comment on column operator.usage.latencies is 'Milliseconds of each call that has ended, sorted.';

-- Suggestions are counted as in operator.usage. The findings of code reviews count in the same columns, under their kind.
create view operator.acceptance as
  select u.day, u.kind, u.prompt_version, coalesce(n.model, u.model) as model, u.language, u.flags,
    sum(u.suggestions) as suggestions,
    coalesce(sum(u.suggestions) filter (where u.status = 'proposed'), 0) as proposed,
    coalesce(sum(u.suggestions) filter (where u.status = 'accepted'), 0) as accepted,
    coalesce(sum(u.suggestions) filter (where u.edited), 0) as edited,
    coalesce(sum(u.suggestions) filter (where u.status = 'rejected'), 0) as rejected,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'wrong'), 0) as wrong,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'not_in_source'), 0) as not_in_source,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'duplicate'), 0) as duplicate,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'too_easy'), 0) as too_easy,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'unclear'), 0) as unclear,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'not_relevant'), 0) as not_relevant,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'intended'), 0) as intended,
    coalesce(sum(u.suggestions) filter (where u.reject_reason = 'other'), 0) as other,
    round(coalesce(sum(u.suggestions) filter (where u.status = 'accepted'), 0)
      / nullif(sum(u.suggestions) filter (where u.status <> 'proposed'), 0), 4) as acceptance_rate
  from (
    select d.* from recto.acceptance_daily d where d.day <= (select s.rolled_through from recto.usage_state s)
    union all
    select c.* from recto.usage_state s, recto.count_acceptance(s.rolled_through + 1, (now() at time zone 'UTC')::date, null) c
  ) u left join recto.model_names n on n.name = u.model
  group by 1, 2, 3, 4, 5, 6;
comment on view operator.acceptance is
  'What people decided about suggestions and findings, by day, kind, prompt version, model, language and set of flags. Counts of any grouping can be summed up from these rows.';
comment on column operator.acceptance.day is 'The day in UTC on which the generation was created.';
comment on column operator.acceptance.kind is 'The kind of the generation: suggestions for flashcards, findings for code_review.';
comment on column operator.acceptance.prompt_version is 'The prompt version of the generation.';
comment on column operator.acceptance.model is 'The model, as in operator.usage.';
comment on column operator.acceptance.language is 'The language that the request named, in lower case. Null: the language of the text.';
comment on column operator.acceptance.flags is 'All flags that they have, sorted.';
comment on column operator.acceptance.suggestions is 'Suggestions or findings that the model proposed: proposed, accepted and rejected ones.';
comment on column operator.acceptance.proposed is 'Those that nobody has reviewed.';
comment on column operator.acceptance.accepted is 'Those that people accepted, edited ones included.';
comment on column operator.acceptance.edited is 'Those that people edited when they accepted them.';
comment on column operator.acceptance.rejected is 'Those that people rejected.';
comment on column operator.acceptance.wrong is 'Those that people rejected because they are wrong.';
comment on column operator.acceptance.not_in_source is 'Those that people rejected because the text does not say so.';
comment on column operator.acceptance.duplicate is 'Those that people rejected because they have such a card or finding.';
comment on column operator.acceptance.too_easy is 'Those that people rejected because they are too easy.';
comment on column operator.acceptance.unclear is 'Those that people rejected because they are unclear.';
comment on column operator.acceptance.not_relevant is 'Findings that people rejected because they do not matter.';
comment on column operator.acceptance.intended is 'Findings that people rejected because the code is meant so.';
comment on column operator.acceptance.other is 'Those that people rejected for another reason.';
comment on column operator.acceptance.acceptance_rate is 'Accepted ones among the reviewed ones, 0 to 1.';

create view operator.usage_by_day as
  select u.day, count(distinct u.account_id) as accounts, count(distinct u.user_id) as people, sum(u.generations) as generations,
    sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.cancelled) as cancelled, sum(u.cached) as cached,
    sum(u.suggestions) as suggestions, sum(u.accepted) as accepted, sum(u.rejected) as rejected,
    round(sum(u.accepted) / nullif(sum(u.accepted) + sum(u.rejected), 0), 4) as acceptance_rate,
    sum(u.calls) as calls, sum(u.tokens_input) as tokens_input, sum(u.tokens_output) as tokens_output,
    sum(u.cost_usd) as cost_usd, sum(u.saved_usd) as saved_usd
  from operator.usage u group by u.day;
comment on view operator.usage_by_day is 'Usage of the whole deployment by day.';
comment on column operator.usage_by_day.day is 'The day in UTC.';
comment on column operator.usage_by_day.accounts is 'Accounts with a generation or a call.';
comment on column operator.usage_by_day.people is 'People with a generation or a call.';
comment on column operator.usage_by_day.generations is 'Generations that were created on the day.';
comment on column operator.usage_by_day.succeeded is 'Generations that succeeded.';
comment on column operator.usage_by_day.failed is 'Generations that failed.';
comment on column operator.usage_by_day.cancelled is 'Generations that were cancelled.';
comment on column operator.usage_by_day.cached is 'Succeeded generations that were served from the cache.';
comment on column operator.usage_by_day.suggestions is 'Suggestions of these generations.';
comment on column operator.usage_by_day.accepted is 'Suggestions that people accepted.';
comment on column operator.usage_by_day.rejected is 'Suggestions that people rejected.';
comment on column operator.usage_by_day.acceptance_rate is 'Accepted suggestions among the reviewed ones, 0 to 1.';
comment on column operator.usage_by_day.saved_usd is 'What the cards from the cache cost when they were made, in USD.';
comment on column operator.usage_by_day.calls is 'Requests to providers that started on the day.';
comment on column operator.usage_by_day.tokens_input is 'Tokens of the prompts.';
comment on column operator.usage_by_day.tokens_output is 'Tokens of the answers.';
comment on column operator.usage_by_day.cost_usd is 'Cost of the calls in USD, estimates included.';

create view operator.cost_by_account as
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
comment on column operator.cost_by_account.month is 'The first day of the month in UTC.';
comment on column operator.cost_by_account.account_id is 'The account, or the deployment.';
comment on column operator.cost_by_account.kind is 'personal, team or deployment.';
comment on column operator.cost_by_account.name is 'The name of a team.';
comment on column operator.cost_by_account.plan is 'The plan of the account. Null without a row in public.accounts, which means the first plan.';
comment on column operator.cost_by_account.generations is 'Generations that were created in the month.';
comment on column operator.cost_by_account.cost_usd is 'Cost of the calls of the month in USD.';
comment on column operator.cost_by_account.reserved_usd is 'What calls that are not settled may cost at most, in USD.';
comment on column operator.cost_by_account.budget_usd is 'The budget of this month in USD. Null: none, or an earlier month.';
comment on column operator.cost_by_account.used_percent is 'Cost in percent of the budget.';

create view operator.provider_latency as
  select c.provider, c.model, count(*) as calls, round(avg((c.outcome = 'ok')::integer), 4) as ok_rate,
    round(percentile_cont(0.5) within group (order by c.latency_ms)) as p50_ms,
    round(percentile_cont(0.95) within group (order by c.latency_ms)) as p95_ms,
    round(percentile_cont(0.99) within group (order by c.latency_ms)) as p99_ms,
    round(percentile_cont(0.5) within group (order by c.first_token_ms)) as first_token_p50_ms,
    round(percentile_cont(0.95) within group (order by c.first_token_ms)) as first_token_p95_ms,
    max(c.latency_ms) as max_ms
  from public.ai_calls c
  where c.started_at > now() - interval '24 hours' and c.outcome not in ('not_sent', 'aborted') group by c.provider, c.model;
comment on view operator.provider_latency is 'Calls of the last 24 hours that were sent and have ended, without those that Recto broke off: a person cancelled, or another answered first.';
comment on column operator.provider_latency.provider is 'The provider, by its name in the catalog.';
comment on column operator.provider_latency.model is 'The model, as the provider writes it.';
comment on column operator.provider_latency.calls is 'How many calls.';
comment on column operator.provider_latency.ok_rate is 'Calls with the outcome ok among all, 0 to 1.';
comment on column operator.provider_latency.p50_ms is 'Median milliseconds of a call.';
comment on column operator.provider_latency.p95_ms is '95th percentile of the milliseconds of a call.';
comment on column operator.provider_latency.p99_ms is '99th percentile of the milliseconds of a call.';
comment on column operator.provider_latency.first_token_p50_ms is 'Median milliseconds to the first token.';
comment on column operator.provider_latency.first_token_p95_ms is '95th percentile of the milliseconds to the first token.';
comment on column operator.provider_latency.max_ms is 'Milliseconds of the slowest call.';

create view operator.failures as
  select 'generation' as what, g.error ->> 'code' as code, g.error ->> 'provider' as provider, count(*) as count,
    count(distinct g.account_id) as accounts, max(g.finished_at) as last_at, (array_agg(g.id order by g.finished_at desc))[1] as last_generation_id
  from public.ai_generations g
  where g.created_at > now() - interval '24 hours' and g.status = 'failed' group by 2, 3
  union all
  select 'call', c.outcome, c.provider, count(*), count(distinct c.account_id), max(c.finished_at),
    (array_agg(c.generation_id order by c.finished_at desc))[1]
  from public.ai_calls c
  where c.started_at > now() - interval '24 hours' and c.outcome not in ('ok', 'not_sent', 'aborted') group by 2, 3;
comment on view operator.failures is
  'Failures of the last 24 hours: generations by error code, and calls by failure class, many of which another provider made good.';
comment on column operator.failures.what is 'generation or call.';
comment on column operator.failures.code is 'The error code of the generation, or the failure class of the call.';
comment on column operator.failures.provider is 'The provider that failed, if one was asked.';
comment on column operator.failures.count is 'How many failed.';
comment on column operator.failures.accounts is 'How many accounts had such a failure.';
comment on column operator.failures.last_at is 'When the last one ended.';
comment on column operator.failures.last_generation_id is 'The generation of the last one, to look it up.';

revoke all on all tables in schema operator from public, anon, authenticated, service_role;
