-- A connection check: the API asks any worker whether a model answers, and waits for the result in this table.

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

revoke all on function recto.request_test(text), recto.test_result(uuid) from public;
grant execute on function recto.request_test(text), recto.test_result(uuid) to authenticated;
