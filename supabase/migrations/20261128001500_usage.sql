-- What was used, by day (UTC), account, person, model and kind. Past days are rolled up, today is counted when it is asked
-- for. A generation and its suggestions count on the day it was created, a call on the day it started, as budgets have
-- it.

create table recto.usage_daily (
  day date not null,
  account_id uuid not null,
  user_id uuid not null,
  model text not null,
  kind text not null,
  generations bigint not null default 0,
  succeeded bigint not null default 0,
  failed bigint not null default 0,
  cancelled bigint not null default 0,
  cached bigint not null default 0,
  suggestions bigint not null default 0,
  accepted bigint not null default 0,
  rejected bigint not null default 0,
  edited bigint not null default 0,
  saved_usd numeric not null default 0,
  waits integer[] not null default '{}',
  calls bigint not null default 0,
  tokens_input bigint not null default 0,
  tokens_output bigint not null default 0,
  cost_usd numeric not null default 0,
  latencies integer[] not null default '{}',
  primary key (account_id, day, user_id, model, kind)
);
comment on table recto.usage_daily is
  'Days up to usage_state.rolled_through. To have later days counted again: update recto.usage_state set rolled_through = ''2026-10-31'';';
comment on column recto.usage_daily.model is
  'Of a call: as its provider writes it. Of a generation: the model of the call that answered; without calls, the model that the cache or the request names.';
comment on column recto.usage_daily.kind is 'Of generations; connection_check for the calls of connection checks.';
comment on column recto.usage_daily.waits is
  'Milliseconds from creation to end of each succeeded generation, sorted. Percentiles over any set of these rows are exact.';
comment on column recto.usage_daily.latencies is 'Milliseconds of each call that has ended, sorted.';
create index idx_usage_daily_day on recto.usage_daily (day);
create index idx_usage_daily_user on recto.usage_daily (user_id, day);

-- Deleted rows still count: this table has the part of a day whose rows are gone.
create table recto.usage_deleted (like recto.usage_daily including defaults);
comment on table recto.usage_deleted is
  'What deleted generations and calls add to the count of their day. Holds no text, and no id except those of account and person.';
create index idx_usage_deleted_account on recto.usage_deleted (account_id, day);
create index idx_usage_deleted_day on recto.usage_deleted (day);
create index idx_usage_deleted_user on recto.usage_deleted (user_id);

-- The table is append-only between two roll-ups: a change that is not committed yet brings its own row, so none is
-- lost.
create table recto.usage_stale_days (
  id bigint generated always as identity primary key,
  day date not null,
  account_id uuid not null
);
comment on table recto.usage_stale_days is
  'Past days of an account on which something changed. They are counted live until the next roll-up.';
create index idx_usage_stale_days_account on recto.usage_stale_days (account_id, day);
create index idx_usage_stale_days_day on recto.usage_stale_days (day, account_id);

create table recto.usage_state (
  singleton boolean primary key default true check (singleton),
  rolled_through date not null
);
insert into recto.usage_state (rolled_through) values ((now() at time zone 'UTC')::date - 1);

alter table recto.usage_daily enable row level security;
alter table recto.usage_deleted enable row level security;
alter table recto.usage_stale_days enable row level security;
alter table recto.usage_state enable row level security;
revoke all on recto.usage_daily, recto.usage_deleted, recto.usage_stale_days, recto.usage_state from public, anon, authenticated, service_role;

-- Generations with the model that each counts for.
create view recto.generations_by_model with (security_invoker = true) as
  select g.id, g.created_at, (g.created_at at time zone 'UTC')::date as day, g.account_id, g.user_id,
    coalesce(c.model, g.ai_metadata ->> 'model', g.model) as model, g.kind, g.prompt_version, g.options, g.status, g.ai_metadata, g.saved_usd,
    g.finished_at
  from public.ai_generations g
  left join lateral (
    select a.model from public.ai_calls a where a.generation_id = g.id
    order by (a.outcome = 'ok') desc nulls last, a.started_at desc limit 1
  ) c on true;

-- One row per generation, with what it adds to its day.
create view recto.generation_usage with (security_invoker = true) as
  select g.id, g.created_at, g.day, g.account_id, g.user_id, g.model, g.kind,
    (g.status = 'succeeded')::integer as succeeded, (g.status = 'failed')::integer as failed,
    (g.status = 'cancelled')::integer as cancelled, (g.status = 'succeeded' and g.ai_metadata ? 'cached_from')::integer as cached,
    s.suggestions, s.accepted, s.rejected, s.edited, coalesce(g.saved_usd, 0) as saved_usd,
    case when g.status = 'succeeded' then least(extract(epoch from g.finished_at - g.created_at) * 1000, 2147483647)::integer end as wait
  from recto.generations_by_model g
  cross join lateral (
    select count(*) as suggestions, count(*) filter (where p.status = 'accepted') as accepted,
      count(*) filter (where p.status = 'rejected') as rejected, count(*) filter (where p.edited) as edited
    from public.ai_suggestions p where p.generation_id = g.id
  ) s;
revoke all on recto.generations_by_model, recto.generation_usage from public, anon, authenticated, service_role;

-- Counts days from the tables themselves. A null account counts all accounts.
create function recto.count_usage(from_day date, to_day date, account uuid) returns setof recto.usage_daily
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  since timestamptz := from_day::timestamp at time zone 'UTC';
  till timestamptz := (to_day + 1)::timestamp at time zone 'UTC';
begin
  return query
  with parts as (
    select g.day, g.account_id, g.user_id, g.model, g.kind, 1 as generations, g.succeeded, g.failed, g.cancelled, g.cached,
      g.suggestions, g.accepted, g.rejected, g.edited, g.saved_usd, g.wait,
      0 as calls, 0::bigint as tokens_input, 0::bigint as tokens_output, 0::numeric as cost_usd, null::integer as latency
    from recto.generation_usage g
    where g.created_at >= since and g.created_at < till and (account is null or g.account_id = account)
    union all
    select (c.started_at at time zone 'UTC')::date, c.account_id, c.user_id, c.model, c.kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null,
      1, coalesce(c.tokens_input, 0), coalesce(c.tokens_output, 0), coalesce(c.cost_usd, 0), c.latency_ms
    from public.ai_calls c
    where c.started_at >= since and c.started_at < till and (account is null or c.account_id = account)
    union all
    select k.day, k.account_id, k.user_id, k.model, k.kind, k.generations, k.succeeded, k.failed, k.cancelled, k.cached,
      k.suggestions, k.accepted, k.rejected, k.edited, k.saved_usd, null, k.calls, k.tokens_input, k.tokens_output, k.cost_usd, null
    from recto.usage_deleted k
    where k.day between from_day and to_day and (account is null or k.account_id = account)
    union all
    select k.day, k.account_id, k.user_id, k.model, k.kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, each.wait, 0, 0, 0, 0, each.latency
    from recto.usage_deleted k, unnest(k.waits, k.latencies) as each (wait, latency)
    where k.day between from_day and to_day and (account is null or k.account_id = account)
  )
  select p.day, p.account_id, p.user_id, p.model, p.kind, sum(p.generations)::bigint, sum(p.succeeded)::bigint, sum(p.failed)::bigint,
    sum(p.cancelled)::bigint, sum(p.cached)::bigint, sum(p.suggestions)::bigint, sum(p.accepted)::bigint, sum(p.rejected)::bigint,
    sum(p.edited)::bigint, sum(p.saved_usd), coalesce(array_agg(p.wait order by p.wait) filter (where p.wait is not null), '{}'),
    sum(p.calls)::bigint, sum(p.tokens_input)::bigint, sum(p.tokens_output)::bigint, sum(p.cost_usd),
    coalesce(array_agg(p.latency order by p.latency) filter (where p.latency is not null), '{}')
  from parts p group by p.day, p.account_id, p.user_id, p.model, p.kind;
end
$$;

-- The periods of an account that are counted live: each past day that has changed, and the days that are not rolled up yet.
-- A day counts as past only once it has ended, also when a wrong clock rolled it up before.
create function recto.live_periods(account uuid, from_day date, to_day date) returns table (first_day date, last_day date)
  language plpgsql stable security definer set search_path = ''
as $$
declare
  through date := (select least(s.rolled_through, (now() at time zone 'UTC')::date - 1) from recto.usage_state s);
begin
  return query select distinct d.day, d.day from recto.usage_stale_days d
    where d.account_id = account and d.day between from_day and least(to_day, through);
  if to_day >= greatest(from_day, through + 1) then
    return query select greatest(from_day, through + 1), to_day;
  end if;
end
$$;

-- The days of an account, exact at this moment.
create function recto.usage_rows(account uuid, from_day date, to_day date) returns setof recto.usage_daily
  language plpgsql stable security definer set search_path = ''
as $$
declare
  last date := least(to_day, (now() at time zone 'UTC')::date);
  live datemultirange := (select range_agg(daterange(p.first_day, p.last_day, '[]')) from recto.live_periods(account, from_day, last) p);
  period daterange;
begin
  return query select * from recto.usage_daily d
    where d.account_id = account and d.day between from_day and last and (d.day <@ live) is not true;
  for period in select unnest(live) loop
    return query select * from recto.count_usage(lower(period), upper(period) - 1, account);
  end loop;
end
$$;

revoke all on function recto.count_usage(date, date, uuid), recto.live_periods(uuid, date, date),
  recto.usage_rows(uuid, date, date) from public;

