-- How much an account may generate in sliding windows. Admissions are a ledger with running numbers and sums, so that
-- what a window holds is the difference of two rows and costs the same however much is in it.

create table recto.limits (
  name text primary key,
  max_count integer not null check (max_count >= 0),
  window_seconds integer not null check (window_seconds between 1 and 86400)
);
comment on table recto.limits is
  'Changed by SQL, in force at once: update recto.limits set max_count = 20, window_seconds = 60 where name = ''connection_checks'';';
insert into recto.limits (name, max_count, window_seconds) values ('connection_checks', 10, 60);
create trigger audit after insert or update or delete on recto.limits for each row execute function recto.audit();

-- The ledger is apart from ai_generations, so that deleting a generation buys nothing back.
create table recto.admissions (
  account_id uuid not null,
  limit_name text not null,
  seq bigint not null,
  admitted_at timestamptz not null,
  tokens bigint not null default 0,
  tokens_total bigint not null default 0,
  window_seconds integer[],
  oldest_seqs bigint[],
  oldest_ats timestamptz[],
  tokens_before bigint,
  primary key (account_id, limit_name, seq)
);
comment on table recto.admissions is
  'The ledger that windows count. Workers prune rows that are older than every window.';
comment on column recto.admissions.seq is
  'Has no gaps: admissions of one account are written one after the other, and only the oldest are deleted.';
comment on column recto.admissions.tokens is
  'Estimated: one token for three bytes of the text, and 2000 for the answer.';
comment on column recto.admissions.oldest_seqs is
  'The oldest admission in each window (generations, sustained, day, month, tokens) when this one came. While it is in the window it is the oldest for the next one too, which then needs no lookup.';
comment on column recto.admissions.tokens_before is 'tokens_total before the oldest admission in the window of tokens.';
create index idx_admissions_account_admitted on recto.admissions (account_id, limit_name, admitted_at);
-- Pruning goes limit by limit, each with its own window.
create index idx_admissions_limit_admitted on recto.admissions (limit_name, admitted_at);

alter table recto.limits enable row level security;
alter table recto.admissions enable row level security;
revoke all on recto.limits, recto.admissions from public, anon, authenticated, service_role;

-- The state of each window of an account, at the cost of one lookup each. `frees` is when the next generation may come,
-- or, where it may come at once, when the oldest admission leaves the window.
create function recto.window_usage(account uuid, rule public.plans, at timestamptz)
  returns table (name text, most bigint, seconds integer, used bigint, frees timestamptz)
  language plpgsql stable rows 5 set search_path = ''
as $$
begin
  return query
  select w.name, w.most, w.seconds, counted.used,
    case when w.name <> 'tokens' and counted.used > w.most and w.most > 0 then (
      -- After the limit was lowered, more than one admission has to leave before the next may come.
      select a.admitted_at from recto.admissions a
      where a.account_id = account and a.limit_name = 'generations' and a.seq = newest.seq - w.most + 1
    ) else oldest.admitted_at end + make_interval(secs => w.seconds)
  from (values
    ('generations', (rule.per_window + rule.burst)::bigint, rule.window_seconds),
    ('sustained', case when rule.burst > 0 then 10 * rule.per_window end, 10 * rule.window_seconds),
    ('day', rule.per_day, 86400),
    ('month', rule.per_month, 2592000),
    ('tokens', rule.tokens_per_hour, 3600)
  ) as w (name, most, seconds)
  left join (
    select a.seq, a.tokens_total from recto.admissions a
    where a.account_id = account and a.limit_name = 'generations' order by a.seq desc limit 1
  ) newest on true
  left join lateral (
    -- One row comparison, which only the index by account can serve. The index by time would walk through all accounts.
    select a.seq, a.admitted_at, a.tokens_total - a.tokens as tokens_before from recto.admissions a
    where (a.account_id, a.limit_name, a.admitted_at) > (account, 'generations', at - make_interval(secs => w.seconds))
      and (a.account_id, a.limit_name, a.admitted_at) <= (account, 'generations', 'infinity'::timestamptz)
    order by a.account_id, a.limit_name, a.admitted_at limit 1
  ) oldest on true
  cross join lateral (
    select coalesce(case w.name when 'tokens' then newest.tokens_total - oldest.tokens_before else newest.seq - oldest.seq + 1 end, 0) as used
  ) counted
  where w.most is not null;
end
$$;

-- The same state for the headers of an answer. A window with nothing used resets in 0 seconds.
create function recto.rate_limit_windows(account uuid, rule public.plans, at timestamptz) returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'window_seconds', s.seconds,
    'remaining', greatest(0, s.most - s.used),
    'reset', case when s.most = 0 then s.seconds when s.used = 0 then 0 else ceil(extract(epoch from s.frees - at))::integer end))
  from recto.window_usage(account, rule, at) s where s.name <> 'tokens'
$$;

-- Raises PT429 for what does not fit into a window, with the window that has to be waited for longest.
create function recto.deny_window(account uuid, rule public.plans, at timestamptz, needed bigint) returns void
  language plpgsql set search_path = ''
as $$
declare
  tight record;
begin
  select s.name, s.most, s.seconds, s.used, coalesce(case s.name
      -- Tokens are free again when so many admissions have left that this one fits, and not when the oldest leaves.
      when 'tokens' then (
        select a.admitted_at + make_interval(secs => s.seconds) from recto.admissions a
        where (a.account_id, a.limit_name, a.admitted_at) > (account, 'generations', at - make_interval(secs => s.seconds))
          and (a.account_id, a.limit_name, a.admitted_at) <= (account, 'generations', 'infinity'::timestamptz)
          and a.tokens_total >= newest.tokens_total + needed - s.most
        order by a.account_id, a.limit_name, a.admitted_at limit 1
      ) else s.frees end, at + make_interval(secs => s.seconds)) as frees
    into strict tight
    from recto.window_usage(account, rule, at) s
    left join (
      select a.tokens_total from recto.admissions a
      where a.account_id = account and a.limit_name = 'generations' order by a.seq desc limit 1
    ) newest on true
    where s.used + case s.name when 'tokens' then needed else 1 end > s.most
    order by frees desc limit 1;
  raise exception '%', case when tight.name in ('generations', 'sustained') then 'rate limited' else 'quota exceeded' end
    using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
    detail = json_build_object('name', tight.name, 'limit', tight.most, 'remaining', greatest(0, tight.most - tight.used),
      'window_seconds', tight.seconds, 'reset', greatest(1, ceil(extract(epoch from tight.frees - clock_timestamp())))::integer,
      'windows', recto.rate_limit_windows(account, rule, clock_timestamp()))::text;
end
$$;

create function recto.admit(account uuid, kind text) returns void
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule recto.limits;
  at timestamptz;
  last bigint;
  used bigint;
  frees timestamptz;
  place jsonb;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform recto.lock_admission(account);
  select * into strict rule from recto.limits l where l.name = kind;
  at := clock_timestamp();
  select max(a.seq) into last from recto.admissions a where a.account_id = account and a.limit_name = kind;
  select count(*), min(a.admitted_at) + make_interval(secs => rule.window_seconds) into used, frees from recto.admissions a
    where a.account_id = account and a.limit_name = kind and a.admitted_at > at - make_interval(secs => rule.window_seconds);
  if used >= rule.max_count then
    select a.admitted_at + make_interval(secs => rule.window_seconds) into frees from recto.admissions a
      where a.account_id = account and a.limit_name = kind and a.seq = last - rule.max_count + 1;
    place := jsonb_build_object('name', kind, 'limit', rule.max_count, 'remaining', 0, 'window_seconds', rule.window_seconds,
      'reset', greatest(1, ceil(coalesce(extract(epoch from frees - at), rule.window_seconds)))::integer);
    raise exception 'rate limited' using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
      detail = (place || jsonb_build_object('windows', jsonb_build_array(place)))::text;
  end if;
  insert into recto.admissions (account_id, limit_name, admitted_at, seq) values (account, kind, at, coalesce(last, 0) + 1);
  perform set_config('recto.admission', jsonb_build_object('waiting', false, 'priority', 0, 'windows', jsonb_build_array(
    jsonb_build_object('name', kind, 'limit', rule.max_count, 'window_seconds', rule.window_seconds,
      'remaining', rule.max_count - used - 1,
      'reset', ceil(coalesce(extract(epoch from frees - at), rule.window_seconds))::integer)))::text, true);
end
$$;
comment on function recto.admit is 'Counts one use of a limit, or raises PT429.';

revoke all on function recto.window_usage(uuid, public.plans, timestamptz), recto.rate_limit_windows(uuid, public.plans, timestamptz),
  recto.deny_window(uuid, public.plans, timestamptz, bigint), recto.admit(uuid, text) from public;

create function recto.admission_state(account uuid, kind text default 'generations') returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  answer jsonb;
begin
  if not recto.can_use_account(account, (select auth.uid())) then
    return '[]';
  end if;
  if kind = 'generations' then
    answer := recto.rate_limit_windows(account, recto.effective_plan(account), now());
  else
    select jsonb_agg(jsonb_build_object('name', kind, 'limit', l.max_count, 'window_seconds', l.window_seconds,
        'remaining', greatest(0, l.max_count - u.used), 'reset', coalesce(u.reset, 0)))
      into answer from recto.limits l, lateral (
        select count(*) as used, ceil(extract(epoch from min(a.admitted_at) - now()) + l.window_seconds)::integer as reset
        from recto.admissions a
        where a.account_id = account and a.limit_name = kind and a.admitted_at > now() - make_interval(secs => l.window_seconds)
      ) u where l.name = kind;
  end if;
  return coalesce(answer, '[]');
end
$$;
comment on function recto.admission_state is
  'The windows of an account of the caller: [{name, limit, window_seconds, remaining, reset}].';

-- The limits of a new account are the windows of an account that has used nothing.
create function recto.admission_policy(kind text default 'generations') returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select case kind when 'generations' then (
      select jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'window_seconds', s.seconds))
      from public.plans p, recto.window_usage('00000000-0000-0000-0000-000000000000', p, now()) s
      where p.name = 'free' and s.name <> 'tokens'
    ) else (
      select jsonb_agg(jsonb_build_object('name', l.name, 'limit', l.max_count, 'window_seconds', l.window_seconds))
      from recto.limits l where l.name = kind
    ) end
$$;
comment on function recto.admission_policy is 'The limits of a new account, for answers to callers who are not known.';

revoke all on function recto.admission_state(uuid, text), recto.admission_policy(text) from public;
grant execute on function recto.admission_state(uuid, text) to authenticated;
grant execute on function recto.admission_policy(text) to recto_api;
