-- What the API answers about the usage of an account.

create type recto.sample as (ms integer[]);
revoke all on type recto.sample from public;

-- percentile_cont over sorted samples, found by bisection: of a million values few are looked at, and none is sorted
-- again.
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
    -- upto becomes the number of samples up to middle.
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

-- What an account of the caller used in a period: a row `group` for each day, model, kind or person (`by_column`), a
-- row `total`, and a row `month` with what this month has cost so far, whose key is the first day of the month.
-- `elapsed_days` is how much of that month has passed. No rows for an account of others.
create function recto.usage(account uuid, from_day date, to_day date, by_column text)
  returns table (section text, key text, people bigint, generations numeric, succeeded numeric, failed numeric, cancelled numeric,
    cached numeric, suggestions numeric, accepted numeric, rejected numeric, edited numeric, calls numeric, tokens_input numeric,
    tokens_output numeric, cost_usd numeric, saved_usd numeric, latency_p50_ms integer, latency_p95_ms integer,
    wait_p50_ms integer, wait_p95_ms integer, elapsed_days numeric)
  language plpgsql stable security definer set search_path = ''
as $$
declare
  today date := (now() at time zone 'UTC')::date;
  month date := recto.month_of(now());
begin
  if recto.can_use_account(account, (select auth.uid())) is not true then
    return;
  end if;
  return query
  with known as materialized (
    -- The range is widened to this month, so that today is counted once.
    select * from recto.usage_rows(account, case when to_day < month then from_day else least(from_day, month) end,
      case when to_day < month then to_day else greatest(to_day, today) end)
    union all
    select * from recto.usage_rows(account, month, today) where to_day < month
  ), used as (
    select case by_column when 'day' then k.day::text
      when 'model' then coalesce((select n.model from recto.model_names n where n.name = k.model), k.model)
      when 'kind' then k.kind else k.user_id::text end as name, k.*
    from known k where k.day between from_day and to_day
  ), counts as (
    select case grouping(u.name) when 1 then 'total' else 'group' end as section, u.name, count(distinct u.user_id) as people,
      sum(u.generations), sum(u.succeeded), sum(u.failed), sum(u.cancelled), sum(u.cached), sum(u.suggestions), sum(u.accepted),
      sum(u.rejected), sum(u.edited), sum(u.calls), sum(u.tokens_input), sum(u.tokens_output), sum(u.cost_usd) as cost,
      sum(u.saved_usd), array_agg(row(u.latencies)::recto.sample) filter (where u.latencies <> '{}') as latencies,
      array_agg(row(u.waits)::recto.sample) filter (where u.waits <> '{}') as waits
    from used u group by grouping sets ((u.name), ())
  ), sums (section, key, people, generations, succeeded, failed, cancelled, cached, suggestions, accepted, rejected, edited, calls,
    tokens_input, tokens_output, cost_usd, saved_usd, latencies, waits) as (table counts)
  select s.section, s.key, s.people, s.generations, s.succeeded, s.failed, s.cancelled, s.cached, s.suggestions, s.accepted,
    s.rejected, s.edited, s.calls, s.tokens_input, s.tokens_output, s.cost_usd, s.saved_usd,
    round(recto.percentile(s.latencies, 0.5))::integer, round(recto.percentile(s.latencies, 0.95))::integer,
    round(recto.percentile(s.waits, 0.5))::integer, round(recto.percentile(s.waits, 0.95))::integer, null::numeric
  from sums s
  union all
  select 'month', month::text, null, null, null, null, null, null, null, null, null, null, null, null, null,
    coalesce(sum(k.cost_usd), 0), null, null, null, null, null,
    extract(epoch from now() - month::timestamp at time zone 'UTC') / 86400
  from known k where k.day >= month;
end
$$;
comment on function recto.usage is
  'What an account of the caller used in a period, by day, model, kind or person, in total, and this month. No rows for an account of others.';

revoke all on function recto.percentile(recto.sample[], float8), recto.usage(uuid, date, date, text) from public;
grant execute on function recto.usage(uuid, date, date, text) to authenticated;
