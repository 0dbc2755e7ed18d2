-- How much an account may generate in sliding windows. Admissions are a ledger with running numbers and sums, so that
-- what a window holds is the difference of two rows and costs the same however much is in it.

-- A sliding window: in any `seconds`, at most `most` of what `counts` names (generations or tokens). The other columns
-- say how an account has used it: `oldest_at` is when the oldest admission in the window came, and `before` is the
-- running number, or the running sum of tokens, just before that admission. With admissions 1 to 6 in the window, `before`
-- is 0, and `used` is 6 - 0.
create type recto.rate_limit_window as (
  name text, counts text, most bigint, seconds integer, used bigint, oldest_at timestamptz, before bigint
);

-- The windows of a plan, always these five in this order. They are defined here and nowhere else; where `most` is null
-- there is no limit. An array, and no rows: admission runs through it with every submission.
create function recto.rate_limit_windows(rule public.plans) returns recto.rate_limit_window[]
  language plpgsql immutable set search_path = ''
as $$
begin
  return array[
    ('generations', 'generations', rule.per_window::bigint + rule.burst, rule.window_seconds, null, null, null),
    -- With a burst, ten windows together hold no more than ten times per_window.
    ('sustained', 'generations', case when rule.burst > 0 then 10 * rule.per_window::bigint end, 10 * rule.window_seconds, null, null, null),
    ('day', 'generations', rule.per_day, 86400, null, null, null),
    ('month', 'generations', rule.per_month, 2592000, null, null, null),
    ('tokens', 'tokens', rule.tokens_per_hour, 3600, null, null, null)
  ]::recto.rate_limit_window[];
end
$$;

-- The ledger is apart from ai_generations, so that deleting a generation buys nothing back.
create table recto.admissions (
  account_id uuid not null,
  seq bigint not null,
  admitted_at timestamptz not null,
  tokens bigint not null default 0,
  tokens_total bigint not null default 0,
  windows recto.rate_limit_window[] not null default '{}',
  primary key (account_id, seq)
);
comment on table recto.admissions is
  'The ledger that windows count. Workers prune rows that are older than every window.';
comment on column recto.admissions.seq is
  'Has no gaps: admissions of one account are written one after the other, and only the oldest are deleted.';
comment on column recto.admissions.tokens is
  'Estimated: one token for three bytes of the input, and 2000 for the answer; times the weight that the plan gives to the kind.';
comment on column recto.admissions.windows is
  'The windows when this admission came. While the oldest admission of a window is still in it, the next admission needs no lookup.';
create index idx_admissions_account_admitted on recto.admissions (account_id, admitted_at);
-- Pruning goes by time over all accounts.
create index idx_admissions_admitted on recto.admissions (admitted_at);

alter table recto.admissions enable row level security;
revoke all on recto.admissions from public, anon, authenticated, service_role;

-- What an admission tells the API for its headers and the queue, as JSON in the setting recto.admission. `in_flight` is
-- how many of the person's generations were under way before.
create type recto.admission_result as (
  admitted_at timestamptz, windows recto.rate_limit_window[], waiting boolean, priority integer, in_flight integer
);

-- The state of each window of an account, looked up in the ledger at the cost of one lookup each. `frees` is when the
-- next generation may come, or, where it may come at once, when the oldest admission leaves the window.
create function recto.window_usage(account uuid, rule public.plans, at timestamptz)
  returns table (name text, counts text, most bigint, seconds integer, used bigint, frees timestamptz)
  language plpgsql stable rows 5 set search_path = ''
as $$
begin
  return query
  select w.name, w.counts, w.most, w.seconds, counted.used,
    case when w.counts = 'generations' and counted.used > w.most and w.most > 0 then (
      -- After the limit was lowered, more than one admission has to leave before the next may come.
      select a.admitted_at from recto.admissions a where a.account_id = account and a.seq = newest.seq - w.most + 1
    ) else oldest.admitted_at end + make_interval(secs => w.seconds)
  from unnest(recto.rate_limit_windows(rule)) w
  left join (
    select a.seq, a.tokens_total from recto.admissions a where a.account_id = account order by a.seq desc limit 1
  ) newest on true
  left join lateral (
    -- One row comparison, which only the index by account can serve. The index by time would walk through all accounts.
    select a.seq, a.admitted_at, a.tokens_total - a.tokens as tokens_before from recto.admissions a
    where (a.account_id, a.admitted_at) > (account, at - make_interval(secs => w.seconds))
      and (a.account_id, a.admitted_at) <= (account, 'infinity'::timestamptz)
    order by a.account_id, a.admitted_at limit 1
  ) oldest on true
  cross join lateral (
    select coalesce(case w.counts when 'tokens' then newest.tokens_total - oldest.tokens_before
      else newest.seq - oldest.seq + 1 end, 0) as used
  ) counted
  where w.most is not null;
end
$$;

-- The windows in the DETAIL of a denial; none where the plan counts tokens only. A window with nothing used resets in 0
-- seconds.
create function recto.describe_windows(account uuid, rule public.plans, at timestamptz) returns jsonb
  language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'window_seconds', s.seconds,
    'remaining', greatest(0, s.most - s.used),
    'reset', case when s.most = 0 then s.seconds when s.used = 0 then 0 else ceil(extract(epoch from s.frees - at))::integer end)), '[]')
  from recto.window_usage(account, rule, at) s where s.counts = 'generations'
$$;

-- Always raises PT429: reports the full window that frees up latest. limit-error.ts makes the code of the API's answer.
create function recto.deny_window(account uuid, rule public.plans, at timestamptz, needed bigint) returns void
  language plpgsql set search_path = ''
as $$
declare
  tight record;
begin
  select s.name, s.most, s.seconds, s.used, coalesce(case s.counts
      -- Tokens are free again when so many admissions have left that this one fits, and not when the oldest leaves.
      when 'tokens' then (
        select a.admitted_at + make_interval(secs => s.seconds) from recto.admissions a
        where (a.account_id, a.admitted_at) > (account, at - make_interval(secs => s.seconds))
          and (a.account_id, a.admitted_at) <= (account, 'infinity'::timestamptz)
          and a.tokens_total >= newest.tokens_total + needed - s.most
        order by a.account_id, a.admitted_at limit 1
      ) else s.frees end, at + make_interval(secs => s.seconds)) as frees
    into strict tight
    from recto.window_usage(account, rule, at) s
    left join (
      select a.tokens_total from recto.admissions a where a.account_id = account order by a.seq desc limit 1
    ) newest on true
    where s.used + case s.counts when 'tokens' then needed else 1 end > s.most
    order by frees desc limit 1;
  raise exception '%', case when tight.name in ('generations', 'sustained') then 'rate limited' else 'quota exceeded' end
    using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
    detail = json_build_object('name', tight.name, 'limit', tight.most, 'remaining', greatest(0, tight.most - tight.used),
      'window_seconds', tight.seconds, 'reset', greatest(1, ceil(extract(epoch from tight.frees - clock_timestamp())))::integer,
      'windows', recto.describe_windows(account, rule, clock_timestamp()))::text;
end
$$;

revoke all on function recto.rate_limit_windows(public.plans), recto.window_usage(uuid, public.plans, timestamptz),
  recto.describe_windows(uuid, public.plans, timestamptz), recto.deny_window(uuid, public.plans, timestamptz, bigint) from public;
revoke all on type recto.rate_limit_window, recto.admission_result from public;

-- The windows of an account of the caller, for the headers of an answer: a row of nulls where its plan has none, and no row
-- for an account of others.
create function recto.account_windows(account uuid)
  returns table (name text, most bigint, seconds integer, used bigint, frees_in double precision)
  language plpgsql stable security definer rows 4 set search_path = ''
as $$
begin
  if recto.can_use_account(account, (select auth.uid())) then
    return query
    select s.name, s.most, s.seconds, s.used, extract(epoch from s.frees - now())::double precision
    from (select) one left join recto.window_usage(account, recto.effective_plan(account), now()) s on s.counts = 'generations';
  end if;
end
$$;
comment on function recto.account_windows is
  'The windows in which an account of the caller counts generations. frees_in: seconds until the next generation may come, or until the oldest admission leaves.';

-- The windows of a new account, for answers to callers who are not known.
create function recto.default_windows() returns table (name text, most bigint, seconds integer)
  language sql stable security definer rows 4 set search_path = ''
as $$
  select w.name, w.most, w.seconds from public.plans p, unnest(recto.rate_limit_windows(p)) w
  where p.name = 'free' and w.counts = 'generations' and w.most is not null
$$;
comment on function recto.default_windows is 'The windows in which a new account counts generations.';

revoke all on function recto.account_windows(uuid), recto.default_windows() from public;
grant execute on function recto.account_windows(uuid) to authenticated;
grant execute on function recto.default_windows() to recto_api;
