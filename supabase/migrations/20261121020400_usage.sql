-- What was used, by day (UTC), account, person and model: past days are rolled up, today is counted as it is asked for.
-- A generation counts on the day it was created, and its suggestions with it; a call on the day it started, as budgets have it.

alter table public.ai_generations add column saved_usd numeric check (saved_usd >= 0);
comment on column public.ai_generations.saved_usd is 'What its cards cost when they were made: of a generation that was served from the cache.';

create table recto.usage_daily (
  day date not null,
  account_id uuid not null,
  user_id uuid not null,
  model text not null,
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
  primary key (account_id, day, user_id, model)
);
comment on table recto.usage_daily is 'Days up to usage_state.rolled_through. To have them counted again: update recto.usage_state set rolled_through = ''2026-10-31'';';
comment on column recto.usage_daily.model is 'Of a call, as its provider writes it. Of a generation, that of the call that answered; without calls, what the cache or the request named.';
comment on column recto.usage_daily.waits is 'Milliseconds from creation to end of each generation that succeeded, sorted: percentiles over any of these rows are exact.';
comment on column recto.usage_daily.latencies is 'Milliseconds of each call that has ended, sorted.';
create index idx_usage_daily_day on recto.usage_daily (day);

-- What is deleted stays on the books: a part of a day whose rows are gone.
create table recto.usage_kept (like recto.usage_daily including defaults);
comment on table recto.usage_kept is 'Added to a day''s count: generations and calls that were deleted. No text, and no id but of account and person.';
create index idx_usage_kept_account on recto.usage_kept (account_id, day);
create index idx_usage_kept_day on recto.usage_kept (day);
create index idx_usage_kept_user on recto.usage_kept (user_id);

-- Append-only between two roll-ups: a change that is not committed yet brings its own row with it, and none is lost.
create table recto.usage_dirty (
  id bigint generated always as identity primary key,
  day date not null,
  account_id uuid not null
);
comment on table recto.usage_dirty is 'Past days of an account of which something changed. They are counted live until the next roll-up.';
create index idx_usage_dirty_account on recto.usage_dirty (account_id, day);
create index idx_usage_dirty_day on recto.usage_dirty (day, account_id);

create table recto.usage_state (
  singleton boolean primary key default true check (singleton),
  rolled_through date not null
);
insert into recto.usage_state (rolled_through)
  select (least((select min(created_at) from public.ai_generations), (select min(started_at) from public.ai_calls), now())
    at time zone 'UTC')::date - 1;

alter table recto.usage_daily enable row level security;
alter table recto.usage_kept enable row level security;
alter table recto.usage_dirty enable row level security;
alter table recto.usage_state enable row level security;
revoke all on recto.usage_daily, recto.usage_kept, recto.usage_dirty, recto.usage_state from public, anon, authenticated, service_role;

-- A day of everybody: next to nothing to keep, and both tables are in the order of their times.
create index idx_ai_generations_created on public.ai_generations using brin (created_at) with (pages_per_range = 32, autosummarize = on);
create index idx_ai_calls_started on public.ai_calls using brin (started_at) with (pages_per_range = 32, autosummarize = on);

-- One row per generation, with what it adds to its day.
create view recto.generation_usage with (security_invoker = true) as
  select g.id, g.created_at, (g.created_at at time zone 'UTC')::date as day, g.account_id, g.user_id,
    coalesce(c.model, g.ai_metadata ->> 'model', g.model) as model,
    (g.status = 'succeeded')::integer as succeeded, (g.status = 'failed')::integer as failed,
    (g.status = 'cancelled')::integer as cancelled, (g.status = 'succeeded' and g.ai_metadata ? 'cached_from')::integer as cached,
    s.suggestions, s.accepted, s.rejected, s.edited, coalesce(g.saved_usd, 0) as saved_usd,
    case when g.status = 'succeeded' then least(extract(epoch from g.finished_at - g.created_at) * 1000, 2147483647)::integer end as wait
  from public.ai_generations g
  left join lateral (
    select a.model from public.ai_calls a where a.generation_id = g.id
    order by (a.outcome = 'ok') desc nulls last, a.started_at desc limit 1
  ) c on true
  cross join lateral (
    select count(*) as suggestions, count(*) filter (where p.status = 'accepted') as accepted,
      count(*) filter (where p.status = 'rejected') as rejected, count(*) filter (where p.edited) as edited
    from public.ai_suggestions p where p.generation_id = g.id
  ) s;
revoke all on recto.generation_usage from public, anon, authenticated, service_role;

-- Counts days from the tables themselves; of all accounts where account is null.
create function recto.count_usage(from_day date, to_day date, account uuid) returns setof recto.usage_daily
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  since timestamptz := from_day::timestamp at time zone 'UTC';
  till timestamptz := (to_day + 1)::timestamp at time zone 'UTC';
begin
  return query
  with parts as (
    select g.day, g.account_id, g.user_id, g.model, 1 as generations, g.succeeded, g.failed, g.cancelled, g.cached,
      g.suggestions, g.accepted, g.rejected, g.edited, g.saved_usd, g.wait,
      0 as calls, 0::bigint as tokens_input, 0::bigint as tokens_output, 0::numeric as cost_usd, null::integer as latency
    from recto.generation_usage g
    where g.created_at >= since and g.created_at < till and (account is null or g.account_id = account)
    union all
    select (c.started_at at time zone 'UTC')::date, c.account_id, c.user_id, c.model, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null,
      1, coalesce(c.tokens_input, 0), coalesce(c.tokens_output, 0), coalesce(c.cost_usd, 0), c.latency_ms
    from public.ai_calls c
    where c.started_at >= since and c.started_at < till and (account is null or c.account_id = account)
    union all
    select k.day, k.account_id, k.user_id, k.model, k.generations, k.succeeded, k.failed, k.cancelled, k.cached,
      k.suggestions, k.accepted, k.rejected, k.edited, k.saved_usd, null, k.calls, k.tokens_input, k.tokens_output, k.cost_usd, null
    from recto.usage_kept k
    where k.day between from_day and to_day and (account is null or k.account_id = account)
    union all
    select k.day, k.account_id, k.user_id, k.model, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, each.wait, 0, 0, 0, 0, each.latency
    from recto.usage_kept k, unnest(k.waits, k.latencies) as each (wait, latency)
    where k.day between from_day and to_day and (account is null or k.account_id = account)
  )
  select p.day, p.account_id, p.user_id, p.model, sum(p.generations)::bigint, sum(p.succeeded)::bigint, sum(p.failed)::bigint,
    sum(p.cancelled)::bigint, sum(p.cached)::bigint, sum(p.suggestions)::bigint, sum(p.accepted)::bigint, sum(p.rejected)::bigint,
    sum(p.edited)::bigint, sum(p.saved_usd), coalesce(array_agg(p.wait order by p.wait) filter (where p.wait is not null), '{}'),
    sum(p.calls)::bigint, sum(p.tokens_input)::bigint, sum(p.tokens_output)::bigint, sum(p.cost_usd),
    coalesce(array_agg(p.latency order by p.latency) filter (where p.latency is not null), '{}')
  from parts p group by p.day, p.account_id, p.user_id, p.model;
end
$$;

-- Notes that a past day has changed. Once per transaction and day is enough, and bulk changes come in runs of the same one.
create function recto.mark_usage(at timestamptz, account uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  day date := (at at time zone 'UTC')::date;
  mark text := day::text || account::text;
begin
  if day < (clock_timestamp() at time zone 'UTC')::date and current_setting('recto.usage_marked', true) is distinct from mark then
    insert into recto.usage_dirty (day, account_id) values (day, account);
    perform set_config('recto.usage_marked', mark, true);
  end if;
end
$$;

create function recto.mark_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage(old.created_at, old.account_id);
  end if;
  perform recto.mark_usage(new.created_at, new.account_id);
  return null;
end
$$;

create function recto.mark_call() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage(old.started_at, old.account_id);
  end if;
  perform recto.mark_usage(new.started_at, new.account_id);
  return null;
end
$$;

create function recto.mark_suggestion() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.mark_usage(g.created_at, g.account_id) from public.ai_generations g where g.id = new.generation_id;
  return null;
end
$$;

-- Always, and so also for what a restore or a bulk load writes past other triggers. What happens today costs a comparison.
create trigger mark_new_usage after insert on public.ai_generations for each row
  when ((new.created_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation();
create trigger mark_usage after update of status, ai_metadata, model, created_at, account_id, user_id on public.ai_generations for each row
  when ((least(old.created_at, new.created_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation();
create trigger mark_new_usage after insert on public.ai_calls for each row
  when ((new.started_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call();
create trigger mark_usage after update of outcome, tokens_input, tokens_output, cost_usd, latency_ms, model, started_at, account_id, user_id
  on public.ai_calls for each row
  when ((least(old.started_at, new.started_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call();
create trigger mark_usage after update of status, edited on public.ai_suggestions for each row
  when ((old.status, old.edited) is distinct from (new.status, new.edited))
  execute function recto.mark_suggestion();
alter table public.ai_generations enable always trigger mark_new_usage, enable always trigger mark_usage;
alter table public.ai_calls enable always trigger mark_new_usage, enable always trigger mark_usage;
alter table public.ai_suggestions enable always trigger mark_usage;

create function recto.keep_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_kept (day, account_id, user_id, model, generations, succeeded, failed, cancelled, cached,
      suggestions, accepted, rejected, edited, saved_usd, waits)
    select g.day, g.account_id, g.user_id, g.model, 1, g.succeeded, g.failed, g.cancelled, g.cached,
      g.suggestions, g.accepted, g.rejected, g.edited, g.saved_usd, array_remove(array[g.wait], null)
    from recto.generation_usage g where g.id = old.id;
  return old;
end
$$;
-- Before: its suggestions and calls are still to be found.
create trigger keep_usage before delete on public.ai_generations for each row execute function recto.keep_generation();

create function recto.keep_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_kept (day, account_id, user_id, model, calls, tokens_input, tokens_output, cost_usd, latencies)
    select (c.started_at at time zone 'UTC')::date, c.account_id, c.user_id, c.model, count(*), coalesce(sum(c.tokens_input), 0),
      coalesce(sum(c.tokens_output), 0), coalesce(sum(c.cost_usd), 0), coalesce(array_agg(c.latency_ms) filter (where c.latency_ms is not null), '{}')
    from gone c group by 1, 2, 3, 4;
  return null;
end
$$;
create trigger keep_usage after delete on public.ai_calls referencing old table as gone for each statement execute function recto.keep_calls();

create function recto.note_savings() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  new.saved_usd := (select coalesce(sum(c.cost_usd), 0) from public.ai_calls c where c.generation_id = (new.ai_metadata ->> 'cached_from')::uuid);
  return new;
end
$$;
create trigger note_savings before update of status on public.ai_generations for each row
  when (new.status = 'succeeded' and old.status <> 'succeeded' and new.ai_metadata ? 'cached_from')
  execute function recto.note_savings();

-- One step: the next day that is over, or else one past day that has changed. True when it did something: there may be more.
create function recto.roll_up_usage() returns boolean
  language plpgsql security definer set search_path = ''
as $$
declare
  next_day date;
  changed date;
  accounts uuid[];
  account uuid;
begin
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.usage', 0)) then
    return false;
  end if;
  select s.rolled_through + 1 into strict next_day from recto.usage_state s;
  -- A transaction that began before midnight has ended a quarter of an hour later: from then on changes leave marks.
  if clock_timestamp() > (next_day + 1)::timestamp at time zone 'UTC' + interval '15 minutes' then
    changed := next_day;
    update recto.usage_state set rolled_through = next_day;
  else
    select d.day into changed from recto.usage_dirty d where d.day < next_day order by d.id limit 1;
    if changed is null then
      return false;
    end if;
    accounts := array(select distinct d.account_id from recto.usage_dirty d where d.day = changed limit 100);
  end if;
  -- Marks first: what commits after this statement has a mark of its own for a later step.
  if cardinality(accounts) < 100 then
    delete from recto.usage_dirty d where d.day = changed and d.account_id = any (accounts);
    foreach account in array accounts loop
      delete from recto.usage_daily d where d.day = changed and d.account_id = account;
      insert into recto.usage_daily select * from recto.count_usage(changed, changed, account);
    end loop;
  else
    delete from recto.usage_dirty d where d.day = changed;
    delete from recto.usage_daily d where d.day = changed;
    insert into recto.usage_daily select * from recto.count_usage(changed, changed, null);
  end if;
  return true;
end
$$;
comment on function recto.roll_up_usage is 'For the worker''s sweep, of which one at a time does this.';

-- An account's days, exact at this moment.
create function recto.usage_rows(account uuid, from_day date, to_day date) returns setof recto.usage_daily
  language plpgsql stable security definer set search_path = ''
as $$
declare
  through date := (select s.rolled_through from recto.usage_state s);
  last date := least(to_day, (now() at time zone 'UTC')::date);
  changed date[] := array(
    select distinct d.day from recto.usage_dirty d where d.account_id = account and d.day between from_day and least(last, through)
  );
  each date;
begin
  return query select * from recto.usage_daily d
    where d.account_id = account and d.day between from_day and least(last, through) and d.day <> all (changed);
  foreach each in array changed loop
    return query select * from recto.count_usage(each, each, account);
  end loop;
  if last > through then
    return query select * from recto.count_usage(greatest(from_day, through + 1), last, account);
  end if;
end
$$;

create type recto.sample as (ms integer[]);

-- percentile_cont over sorted samples, found by halving: of a million values few are looked at, and none is sorted again.
create function recto.percentile(samples recto.sample[], fraction float8) returns float8
  language plpgsql immutable set search_path = ''
as $$
declare
  total bigint;
  low bigint;
  high bigint;
  middle bigint;
  upto bigint;
  place float8;
begin
  select sum(cardinality((t.s).ms)), min((t.s).ms[1]), max((t.s).ms[cardinality((t.s).ms)]) into total, low, high
    from (select unnest(samples) as s) t;
  if total is null then
    return null;
  end if;
  place := fraction * (total - 1);
  while low < high loop
    middle := low + (high - low) / 2;
    -- How many there are up to it.
    select sum(width_bucket(middle::integer, (t.s).ms)) into upto from (select unnest(samples) as s) t;
    if upto > floor(place) then
      high := middle;
    else
      low := middle + 1;
    end if;
  end loop;
  select sum(width_bucket(low::integer, (t.s).ms)), min((t.s).ms[width_bucket(low::integer, (t.s).ms) + 1]) into upto, high
    from (select unnest(samples) as s) t;
  if upto > ceil(place) then
    high := low;
  end if;
  return low + (place - floor(place)) * (high - low);
end
$$;

create function recto.usage(account uuid, from_day date, to_day date, by_column text) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  name text := case by_column when 'person' then 'user_id' else by_column end;
  today date := (now() at time zone 'UTC')::date;
  month date := recto.month_of(now());
  elapsed numeric := greatest(1, extract(epoch from now() - month::timestamp at time zone 'UTC') / 86400);
  days integer := (month + interval '1 month')::date - month;
  answer jsonb;
begin
  if not recto.may_use(account, (select auth.uid())) then
    return null;
  end if;
  with known as materialized (
    -- Together with this month, so that today is counted once.
    select * from recto.usage_rows(account, case when to_day < month then from_day else least(from_day, month) end,
      case when to_day < month then to_day else greatest(to_day, today) end)
    union all
    select * from recto.usage_rows(account, month, today) where to_day < month
  ), used as (
    select case by_column when 'day' then k.day::text when 'model' then k.model else k.user_id::text end as key, k.*
    from known k where k.day between from_day and to_day
  ), counts as (
    select u.key, grouping(u.key) = 1 as is_total, count(distinct u.user_id) as people, sum(u.generations) as generations,
      sum(u.succeeded) as succeeded, sum(u.failed) as failed, sum(u.cancelled) as cancelled, sum(u.cached) as cached,
      sum(u.suggestions) as suggestions, sum(u.accepted) as accepted, sum(u.rejected) as rejected, sum(u.edited) as edited,
      sum(u.calls) as calls, sum(u.tokens_input) as tokens_input, sum(u.tokens_output) as tokens_output,
      coalesce(sum(u.cost_usd), 0) as cost_usd, coalesce(sum(u.saved_usd), 0) as saved_usd,
      array_agg(row(u.waits)::recto.sample) filter (where u.waits <> '{}') as waits,
      array_agg(row(u.latencies)::recto.sample) filter (where u.latencies <> '{}') as latencies
    from used u group by grouping sets ((u.key), ())
  ), sums as (
    select c.key, c.is_total, c.cost_usd, jsonb_build_object('people', c.people, 'generations', coalesce(c.generations, 0),
      'succeeded', coalesce(c.succeeded, 0), 'failed', coalesce(c.failed, 0), 'cancelled', coalesce(c.cancelled, 0),
      'cached', coalesce(c.cached, 0), 'suggestions', coalesce(c.suggestions, 0), 'accepted', coalesce(c.accepted, 0),
      'rejected', coalesce(c.rejected, 0), 'edited', coalesce(c.edited, 0),
      'acceptance_rate', round(c.accepted::numeric / nullif(c.accepted + c.rejected, 0), 4),
      'calls', coalesce(c.calls, 0), 'tokens_input', coalesce(c.tokens_input, 0), 'tokens_output', coalesce(c.tokens_output, 0),
      'cost_usd', trim_scale(c.cost_usd)::text, 'saved_usd', trim_scale(c.saved_usd)::text,
      'latency_p50_ms', round(recto.percentile(c.latencies, 0.5)), 'latency_p95_ms', round(recto.percentile(c.latencies, 0.95)),
      'wait_p50_ms', round(recto.percentile(c.waits, 0.5)), 'wait_p95_ms', round(recto.percentile(c.waits, 0.95))) as sums
    from counts c
  ), spent as (
    select coalesce(sum(k.cost_usd), 0) as usd from known k where k.day >= month
  )
  select jsonb_build_object('data', coalesce(jsonb_agg(jsonb_build_object(name, s.key) || s.sums
        order by case by_column when 'day' then s.key end, s.cost_usd desc, s.key) filter (where not s.is_total), '[]'),
      'total', jsonb_agg(s.sums) filter (where s.is_total) -> 0,
      'forecast', (select jsonb_build_object('month', to_char(month, 'YYYY-MM'), 'spent_usd', trim_scale(p.usd)::text,
        'cost_usd', trim_scale(round(p.usd / elapsed * days, 8))::text) from spent p))
    into answer from sums s;
  return answer;
end
$$;
comment on function recto.usage is 'What an account of the caller used: {data, total, forecast}; null when it is no account of the caller.';

revoke all on function recto.count_usage(date, date, uuid), recto.mark_usage(timestamptz, uuid), recto.mark_generation(), recto.mark_call(),
  recto.mark_suggestion(), recto.keep_generation(), recto.keep_calls(), recto.note_savings(), recto.roll_up_usage(),
  recto.usage_rows(uuid, date, date), recto.percentile(recto.sample[], float8), recto.usage(uuid, date, date, text) from public;
revoke all on type recto.sample from public;
grant execute on function recto.usage(uuid, date, date, text) to authenticated;
grant execute on function recto.roll_up_usage() to recto_worker;
