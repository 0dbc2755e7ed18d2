-- A connection check: the API asks any worker whether a model answers, and waits for the result in this table.

create table recto.connection_checks (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  account_id uuid not null,
  model text not null check (char_length(model) between 1 and 200),
  status text not null default 'pending' check (status in ('pending', 'running', 'done')),
  result jsonb check ((status = 'done') = (result is not null)),
  created_at timestamptz not null default now()
);
comment on table recto.connection_checks is
  'A question of the API to any worker: does this model answer? Rows older than ten minutes are pruned.';
create index idx_connection_checks_user on recto.connection_checks (user_id);
create index idx_connection_checks_created on recto.connection_checks (created_at);

alter table recto.connection_checks enable row level security;
revoke all on recto.connection_checks from public, anon, authenticated, service_role;
grant select, delete on recto.connection_checks to recto_worker;
grant update (status, result) on recto.connection_checks to recto_worker;
create policy "the worker runs connection checks" on recto.connection_checks to recto_worker using (true) with check (true);

create function recto.request_connection_check(model text) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
  check_id uuid;
begin
  perform recto.admit(caller, 'connection_checks');
  insert into recto.connection_checks (user_id, account_id, model) values (caller, caller, request_connection_check.model) returning id into check_id;
  perform pg_notify('recto_connection_checks', check_id::text);
  return check_id;
end
$$;
comment on function recto.request_connection_check is
  'Asks the workers, as the caller, whether a model answers. The notification is sent at commit.';

create function recto.connection_check_result(check_id uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select result from recto.connection_checks where id = check_id and user_id = (select auth.uid())
$$;
comment on function recto.connection_check_result is
  'The result of a connection check of the caller. Null until it is done.';

revoke all on function recto.request_connection_check(text), recto.connection_check_result(uuid) from public;
grant execute on function recto.request_connection_check(text), recto.connection_check_result(uuid) to authenticated;
