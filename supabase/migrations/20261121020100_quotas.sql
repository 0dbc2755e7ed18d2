-- Who may create a generation now: several sliding windows per account, counted in the ledger at a cost that does not grow with
-- what is in it. Above the limit of concurrent ones a generation is accepted and waits without a job.

-- The plans say how many generations: this table keeps the limit of connection tests.
update public.plans set per_window = l.max_count, window_seconds = l.window_seconds
  from recto.limits l where l.name = 'generations' and plans.name = 'free';
alter table recto.admissions alter column limit_name drop default;
alter table recto.admissions drop constraint admissions_limit_name_fkey;
delete from recto.limits where name = 'generations';

-- Numbered without gaps per account and kind, and with running sums: what a window holds is the difference of two rows.
alter table recto.admissions
  add column seq bigint,
  add column tokens bigint not null default 0,
  add column tokens_total bigint not null default 0;
update recto.admissions a set seq = numbered.seq
  from (select id, row_number() over (partition by account_id, limit_name order by admitted_at, id) as seq from recto.admissions) numbered
  where a.id = numbered.id;
alter table recto.admissions alter column seq set not null;
create unique index idx_admissions_account_seq on recto.admissions (account_id, limit_name, seq);
comment on column recto.admissions.seq is 'Without gaps: admissions of one account are written one after the other, and only the oldest are deleted.';
comment on column recto.admissions.tokens is 'As estimated: three characters each, and the answer''s.';

create table recto.settings (
  singleton boolean primary key default true check (singleton),
  max_queue_seconds integer not null default 900 check (max_queue_seconds > 0),
  monthly_budget_usd numeric check (monthly_budget_usd >= 0),
  free_teams integer not null default 3 check (free_teams >= 0)
);
comment on table recto.settings is 'Of the deployment; one row. In force at once: update recto.settings set max_queue_seconds = 300;';
comment on column recto.settings.max_queue_seconds is 'When the oldest job has waited for so long, no more are accepted.';
comment on column recto.settings.free_teams is 'How many teams on the free plan one person may make.';
comment on column recto.settings.monthly_budget_usd is 'Of all accounts together, per calendar month (UTC). Null is none.';
insert into recto.settings default values;

create table recto.pulse (
  singleton boolean primary key default true check (singleton),
  waiting_since timestamptz,
  run_seconds numeric not null default 10,
  measured_at timestamptz not null default now()
);
comment on table recto.pulse is 'How the queue is, as a worker last measured it: since when its oldest job could have run, and how long a run takes.';
insert into recto.pulse default values;

alter table recto.settings enable row level security;
alter table recto.pulse enable row level security;
revoke all on recto.settings, recto.pulse from public, anon, authenticated, service_role;
grant select on recto.pulse to recto_worker;
grant update (waiting_since, run_seconds, measured_at) on recto.pulse to recto_worker;
create policy "the worker reads the pulse" on recto.pulse for select to recto_worker using (true);
create policy "the worker takes the pulse" on recto.pulse for update to recto_worker using (true) with check (true);
create trigger audit after insert or update or delete on recto.settings for each row execute function recto.audit();

alter table public.ai_generations
  add column waiting boolean not null default false,
  add constraint waiting_is_pending check (not waiting or status in ('pending', 'cancelled'));
comment on column public.ai_generations.waiting is 'Accepted above the account''s limit of concurrent ones: it gets its job when one of those is over.';
create index idx_ai_generations_waiting on public.ai_generations (account_id, user_id, created_at) where waiting and finished_at is null;
create index idx_ai_generations_account_live on public.ai_generations (account_id, user_id) where finished_at is null and not waiting;
grant update (waiting) on public.ai_generations to recto_worker;

-- Every limit of an account that counts in windows. What runs with every submission is plpgsql, which keeps its plans.
create function recto.windows_of(rule public.plans) returns table (name text, most integer, seconds integer)
  language plpgsql immutable rows 4 set search_path = ''
as $$
begin
  return query select w.name, w.most, w.seconds from (values
    ('generations', rule.per_window + rule.burst, rule.window_seconds),
    ('sustained', case when rule.burst > 0 then 10 * rule.per_window end, 10 * rule.window_seconds),
    ('day', rule.per_day, 86400),
    ('month', rule.per_month, 2592000)
  ) as w (name, most, seconds) where w.most is not null;
end
$$;

-- Where an account stands in each of its windows. used is counted by the difference of two numbers, at the cost of two lookups
-- each; frees: when the next one may come, or, where it may at once, when the oldest leaves.
create function recto.standing(account uuid, rule public.plans, at timestamptz)
  returns table (name text, most bigint, seconds integer, used bigint, frees timestamptz)
  language plpgsql stable rows 5 set search_path = ''
as $$
declare
  last recto.admissions;
  oldest recto.admissions;
begin
  select * into last from recto.admissions a
    where a.account_id = account and a.limit_name = 'generations' order by a.seq desc limit 1;
  for name, most, seconds in
    select w.name, w.most, w.seconds from recto.windows_of(rule) w
    union all select 'tokens', rule.tokens_per_hour, 3600 where rule.tokens_per_hour is not null
  loop
    used := 0;
    frees := null;
    if last is null or last.admitted_at <= at - make_interval(secs => seconds) then
      return next;
      continue;
    end if;
    -- As one comparison, which the index by account alone can serve: by that of times this would walk through everybody's.
    select * into oldest from recto.admissions a
      where (a.account_id, a.limit_name, a.admitted_at) > (account, 'generations', at - make_interval(secs => seconds))
        and (a.account_id, a.limit_name, a.admitted_at) <= (account, 'generations', 'infinity'::timestamptz)
      order by a.account_id, a.limit_name, a.admitted_at limit 1;
    if found then
      frees := oldest.admitted_at + make_interval(secs => seconds);
      if name = 'tokens' then
        used := last.tokens_total - oldest.tokens_total + oldest.tokens;
      else
        used := last.seq - oldest.seq + 1;
        if used > most and most > 0 then
          -- The limit was lowered: enough have to leave before the next may come.
          select a.admitted_at + make_interval(secs => seconds) into frees from recto.admissions a
            where a.account_id = account and a.limit_name = 'generations' and a.seq = last.seq - most + 1;
        end if;
      end if;
    end if;
    return next;
  end loop;
end
$$;

-- The same for the headers of an answer; what frees at once is 0 seconds away.
create function recto.windows_at(account uuid, rule public.plans, at timestamptz) returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'window_seconds', s.seconds,
    'remaining', greatest(0, s.most - s.used),
    'reset', case when s.most = 0 then s.seconds when s.used = 0 then 0 else ceil(extract(epoch from s.frees - at))::integer end))
  from recto.standing(account, rule, at) s where s.name <> 'tokens'
$$;

create function recto.tokens_of(source_text text) returns bigint
  language plpgsql immutable set search_path = ''
as $$ begin return char_length(source_text) / 3 + 2000; end $$;
comment on function recto.tokens_of is 'What a generation is taken to use, when it is admitted.';

revoke all on function recto.windows_of(public.plans), recto.standing(uuid, public.plans, timestamptz), recto.tokens_of(text),
  recto.windows_at(uuid, public.plans, timestamptz) from public;

-- Lets waiting generations of an account through, as far as its limit allows: the person with the fewest under way first, among
-- those the one whose turn is longest ago.
-- Answers those that need a job now.
create function recto.promote(account uuid) returns table (id uuid, in_flight integer, priority integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule public.plans;
  free integer;
  chosen uuid;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 429));
  rule := recto.plan_of(account);
  select coalesce(rule.concurrent, 1000000) - count(*) into free from public.ai_generations g
    where g.account_id = account and g.finished_at is null and not g.waiting;
  -- A pass lets through so many at most: the next one follows when these are over, or with the next sweep.
  for turn in 1 .. least(free, 200) loop
    select g.id into chosen from public.ai_generations g
      where g.account_id = account and g.waiting and g.finished_at is null and g.user_id = (
        select w.user_id from (
          select o.user_id, min(o.created_at) as since from public.ai_generations o
          where o.account_id = account and o.waiting and o.finished_at is null group by o.user_id
        ) w
        order by (
          select count(*) from public.ai_generations l
          where l.account_id = account and l.user_id = w.user_id and l.finished_at is null and not l.waiting
        ), (
          select coalesce(l.started_at, now()) from public.ai_generations l
          where l.account_id = account and l.user_id = w.user_id and not l.waiting order by l.created_at desc limit 1
        ) nulls first, w.since limit 1
      )
      order by g.created_at, g.id limit 1 for update skip locked;
    exit when chosen is null;
    update public.ai_generations g set waiting = false where g.id = chosen;
    return query select chosen, (
      select count(*)::integer - 1 from public.ai_generations l join public.ai_generations c on c.id = chosen and l.user_id = c.user_id
      where l.account_id = account and l.finished_at is null and not l.waiting
    ), rule.priority;
  end loop;
end
$$;

-- Connection tests count as before, in the numbered ledger.
create or replace function recto.admit(account uuid, kind text) returns void
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
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 429));
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

revoke all on function recto.promote(uuid) from public;
grant execute on function recto.promote(uuid) to recto_worker;

-- What the API asks for its headers.
drop function recto.admission_state(text);
drop function recto.admission_policy(text);

create function recto.admission_state(account uuid, kind text default 'generations') returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  answer jsonb;
begin
  if not recto.may_use(account, (select auth.uid())) then
    return '[]';
  end if;
  if kind = 'generations' then
    answer := recto.windows_at(account, recto.plan_of(account), now());
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
comment on function recto.admission_state is 'Where an account of the caller stands in its windows: [{name, limit, window_seconds, remaining, reset}].';

create function recto.admission_policy(kind text default 'generations') returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select case kind when 'generations' then (
      select jsonb_agg(jsonb_build_object('name', w.name, 'limit', w.most, 'window_seconds', w.seconds))
      from public.plans p, recto.windows_of(p) w where p.name = 'free'
    ) else (
      select jsonb_agg(jsonb_build_object('name', l.name, 'limit', l.max_count, 'window_seconds', l.window_seconds))
      from recto.limits l where l.name = kind
    ) end
$$;
comment on function recto.admission_policy is 'The limits of a new account, for answers to callers who are not known.';

create or replace function recto.prune_admissions() returns bigint
  language sql security definer set search_path = ''
as $$
  with gone as (
    delete from recto.admissions a using (
      select l.name, l.window_seconds from recto.limits l
      -- The longest window of any plan, or of an override.
      union all select 'generations', 2592000
    ) w
    where w.name = a.limit_name and a.admitted_at <= now() - make_interval(secs => w.window_seconds)
      -- The newest stays, for its number and sums.
      and a.seq < (select max(n.seq) from recto.admissions n where n.account_id = a.account_id and n.limit_name = a.limit_name)
    returning 1
  ), tests as (
    delete from recto.connection_tests where created_at <= now() - interval '10 minutes'
  ), cached as (
    delete from recto.cards_cache where expires_at <= now()
  )
  select count(*) from gone
$$;

revoke all on function recto.admission_state(uuid, text), recto.admission_policy(text) from public;
grant execute on function recto.admission_state(uuid, text) to authenticated;
grant execute on function recto.admission_policy(text) to recto_api;
