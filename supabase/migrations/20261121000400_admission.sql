-- Who may create a generation now: a sliding window per account, kept here so that it holds for every API process
-- and for a direct insert through PostgREST alike.

create table recto.limits (
  name text primary key check (name = 'generations'),
  max_count integer not null check (max_count >= 0),
  window_seconds integer not null check (window_seconds between 1 and 86400)
);
comment on table recto.limits is 'Changed by SQL, in force at once: update recto.limits set max_count = 20, window_seconds = 60;';
insert into recto.limits (name, max_count, window_seconds) values ('generations', 5, 300);

-- Apart from ai_generations, so that deleting a generation buys nothing back.
create table recto.admissions (
  id bigint generated always as identity primary key,
  account_id uuid not null,
  admitted_at timestamptz not null
);
comment on table recto.admissions is 'The ledger that the window counts. Rows older than the window are pruned by the workers.';
create index idx_admissions_account_admitted on recto.admissions (account_id, admitted_at);
create index idx_admissions_admitted on recto.admissions (admitted_at);

alter table recto.limits enable row level security;
alter table recto.admissions enable row level security;
revoke all on recto.limits, recto.admissions from public, anon, authenticated, service_role;

-- Refuses with SQLSTATE PT429 (PostgREST answers 429 to it) and the numbers as JSON in DETAIL;
-- admits with the same numbers in the setting recto.admission, for the API's headers.
create function recto.admit_generation() returns trigger
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule recto.limits;
  at timestamptz;
  used integer;
  frees timestamptz;
begin
  -- Under an older snapshot the count below would not see what others were admitted while this one waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'generations are admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(new.account_id::text, 429));

  select * into strict rule from recto.limits where name = 'generations';
  at := clock_timestamp();
  select count(*), min(admitted_at) + make_interval(secs => rule.window_seconds) into used, frees
    from recto.admissions
    where account_id = new.account_id and admitted_at > at - make_interval(secs => rule.window_seconds);

  if used >= rule.max_count then
    -- After the limit was lowered more than one has to leave the window before the next may enter.
    select admitted_at + make_interval(secs => rule.window_seconds) into frees
      from recto.admissions
      where account_id = new.account_id and admitted_at > at - make_interval(secs => rule.window_seconds)
      order by admitted_at offset greatest(used - rule.max_count, 0) limit 1;
    raise exception 'rate limited' using errcode = 'PT429',
      detail = json_build_object('limit', rule.max_count, 'remaining', 0, 'window_seconds', rule.window_seconds,
        'reset', greatest(1, ceil(coalesce(extract(epoch from frees - at), rule.window_seconds)))::integer)::text,
      hint = 'Wait for the seconds in reset.';
  end if;

  insert into recto.admissions (account_id, admitted_at) values (new.account_id, at);
  perform set_config('recto.admission', json_build_object('limit', rule.max_count, 'remaining', rule.max_count - used - 1,
    'window_seconds', rule.window_seconds,
    'reset', ceil(coalesce(extract(epoch from frees - at), rule.window_seconds))::integer)::text, true);
  return new;
end
$$;
revoke all on function recto.admit_generation() from public;

create trigger admit_generation before insert on public.ai_generations
  for each row execute function recto.admit_generation();

create function recto.admission_state() returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('limit', rule.max_count, 'remaining', greatest(0, rule.max_count - count(a.id)),
    'window_seconds', rule.window_seconds,
    'reset', coalesce(ceil(extract(epoch from min(a.admitted_at) - now()) + rule.window_seconds)::integer, 0))
  from recto.limits rule
  left join recto.admissions a on a.account_id = (select auth.uid())
    and a.admitted_at > now() - make_interval(secs => rule.window_seconds)
  where rule.name = 'generations'
  group by rule.max_count, rule.window_seconds
$$;
comment on function recto.admission_state is 'The caller''s own place in the window: {limit, remaining, window_seconds, reset}.';

create function recto.admission_policy() returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('limit', max_count, 'window_seconds', window_seconds) from recto.limits where name = 'generations'
$$;
comment on function recto.admission_policy is 'The limit itself, for answers to callers who are not known.';

create function recto.prune_admissions() returns bigint
  language sql security definer set search_path = ''
as $$
  with gone as (
    delete from recto.admissions
    where admitted_at <= now() - make_interval(secs => (select window_seconds from recto.limits where name = 'generations'))
    returning 1
  )
  select count(*) from gone
$$;
comment on function recto.prune_admissions is 'Deletes what no window counts any more; answers how many rows.';

revoke all on function recto.admission_state(), recto.admission_policy(), recto.prune_admissions() from public;
grant execute on function recto.admission_state() to authenticated;
grant execute on function recto.admission_policy() to recto_api;
grant execute on function recto.prune_admissions() to recto_worker;
