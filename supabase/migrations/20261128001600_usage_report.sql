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
  if not recto.can_use_account(account, (select auth.uid())) then
    return null;
  end if;
  with known as materialized (
    -- The range is widened to this month, so that today is counted once.
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
comment on function recto.usage is
  'What an account of the caller used: {data, total, forecast}. Null for an account of others.';

revoke all on function recto.percentile(recto.sample[], float8), recto.usage(uuid, date, date, text) from public;
grant execute on function recto.usage(uuid, date, date, text) to authenticated;
