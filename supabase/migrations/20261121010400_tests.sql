-- Connection tests, limited by the same ledger as generations.

alter table recto.limits drop constraint limits_name_check;
insert into recto.limits (name, max_count, window_seconds) values ('tests', 10, 60);

alter table recto.admissions add column limit_name text not null default 'generations' references recto.limits (name);
drop index recto.idx_admissions_account_admitted;
create index idx_admissions_account_admitted on recto.admissions (account_id, limit_name, admitted_at);

-- Refuses with SQLSTATE PT429 (PostgREST answers 429 to it) and the numbers as JSON in DETAIL;
-- admits with the same numbers in the setting recto.admission, for the API's headers.
create function recto.admit(account uuid, kind text) returns void
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
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 429));

  select * into strict rule from recto.limits where name = kind;
  at := clock_timestamp();
  select count(*), min(admitted_at) + make_interval(secs => rule.window_seconds) into used, frees
    from recto.admissions
    where account_id = account and limit_name = kind and admitted_at > at - make_interval(secs => rule.window_seconds);

  if used >= rule.max_count then
    -- After the limit was lowered more than one has to leave the window before the next may enter.
    select admitted_at + make_interval(secs => rule.window_seconds) into frees
      from recto.admissions
      where account_id = account and limit_name = kind and admitted_at > at - make_interval(secs => rule.window_seconds)
      order by admitted_at offset greatest(used - rule.max_count, 0) limit 1;
    raise exception 'rate limited' using errcode = 'PT429',
      detail = json_build_object('limit', rule.max_count, 'remaining', 0, 'window_seconds', rule.window_seconds,
        'reset', greatest(1, ceil(coalesce(extract(epoch from frees - at), rule.window_seconds)))::integer)::text,
      hint = 'Wait for the seconds in reset.';
  end if;

  insert into recto.admissions (account_id, limit_name, admitted_at) values (account, kind, at);
  perform set_config('recto.admission', json_build_object('limit', rule.max_count, 'remaining', rule.max_count - used - 1,
    'window_seconds', rule.window_seconds,
    'reset', ceil(coalesce(extract(epoch from frees - at), rule.window_seconds))::integer)::text, true);
end
$$;
comment on function recto.admit is 'Counts one use of a limit, or refuses it.';

create or replace function recto.admit_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.admit(new.account_id, 'generations');
  return new;
end
$$;

create or replace function recto.admission_state() returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('limit', rule.max_count, 'remaining', greatest(0, rule.max_count - count(a.id)),
    'window_seconds', rule.window_seconds,
    'reset', coalesce(ceil(extract(epoch from min(a.admitted_at) - now()) + rule.window_seconds)::integer, 0))
  from recto.limits rule
  left join recto.admissions a on a.account_id = (select auth.uid()) and a.limit_name = rule.name
    and a.admitted_at > now() - make_interval(secs => rule.window_seconds)
  where rule.name = 'generations'
  group by rule.max_count, rule.window_seconds
$$;

create table recto.connection_tests (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  account_id uuid not null,
  model text not null check (char_length(model) between 1 and 200),
  status text not null default 'pending' check (status in ('pending', 'running', 'done')),
  result jsonb check ((status = 'done') = (result is not null)),
  created_at timestamptz not null default now()
);
comment on table recto.connection_tests is 'A question of the API to any worker: does this model answer? Rows older than ten minutes are pruned.';
create index idx_connection_tests_user on recto.connection_tests (user_id);
create index idx_connection_tests_created on recto.connection_tests (created_at);

alter table recto.connection_tests enable row level security;
revoke all on recto.connection_tests from public, anon, authenticated, service_role;
grant select, delete on recto.connection_tests to recto_worker;
grant update (status, result) on recto.connection_tests to recto_worker;
create policy "the worker runs tests" on recto.connection_tests to recto_worker using (true) with check (true);

create function recto.request_test(model text) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
  test uuid;
begin
  perform recto.admit(caller, 'tests');
  insert into recto.connection_tests (user_id, account_id, model) values (caller, caller, request_test.model) returning id into test;
  perform pg_notify('recto_tests', test::text);
  return test;
end
$$;
comment on function recto.request_test is 'Asks the workers, as the caller, whether a model answers; the notification leaves with the commit.';

create function recto.test_result(test_id uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select result from recto.connection_tests where id = test_id and user_id = (select auth.uid())
$$;
comment on function recto.test_result is 'What came of the caller''s own test; null until then.';

-- Everything that time alone makes worthless.
create or replace function recto.prune_admissions() returns bigint
  language sql security definer set search_path = ''
as $$
  with gone as (
    delete from recto.admissions a using recto.limits rule
    where rule.name = a.limit_name and a.admitted_at <= now() - make_interval(secs => rule.window_seconds)
    returning 1
  ), tests as (
    delete from recto.connection_tests where created_at <= now() - interval '10 minutes'
  ), cached as (
    delete from recto.cards_cache where expires_at <= now()
  )
  select count(*) from gone
$$;
comment on function recto.prune_admissions is 'Deletes what no window counts, no cache serves and no test waits for any more; answers how many admissions.';

revoke all on function recto.admit(uuid, text), recto.request_test(text), recto.test_result(uuid) from public;
grant execute on function recto.request_test(text), recto.test_result(uuid) to authenticated;
