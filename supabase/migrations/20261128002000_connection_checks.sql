-- A connection check: the API asks any worker whether a model answers, and waits for the result in this table.

create table recto.connection_checks (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  account_id uuid not null,
  model text not null check (char_length(model) between 1 and 200),
  message text check (char_length(message) between 1 and 1000),
  status text not null default 'pending' check (status in ('pending', 'running', 'done')),
  result jsonb check ((status = 'done') = (result is not null)),
  created_at timestamptz not null default now()
);
comment on table recto.connection_checks is
  'A question of the API to any worker: does this model answer? The rows are also what the limit counts. They are pruned after ten minutes, or when the window is over if that is longer.';
comment on column recto.connection_checks.message is
  'What the person asks the model. Null: the worker asks a question of its own.';
create index idx_connection_checks_user on recto.connection_checks (user_id, created_at);
create index idx_connection_checks_created on recto.connection_checks (created_at);

alter table recto.connection_checks enable row level security;
revoke all on recto.connection_checks from public, anon, authenticated, service_role;
grant select, delete on recto.connection_checks to recto_worker;
grant update (status, result) on recto.connection_checks to recto_worker;
create policy "the worker runs connection checks" on recto.connection_checks to recto_worker using (true) with check (true);

-- How many connection checks a person has asked for in the window that recto.settings defines, always one row.
-- `oldest_at` is when the oldest of them was asked for.
create function recto.connection_check_usage(person uuid, at timestamptz)
  returns table (name text, most bigint, seconds integer, used bigint, oldest_at timestamptz)
  language plpgsql stable rows 1 set search_path = ''
as $$
begin
  return query
  select 'connection_checks', s.connection_checks_per_window::bigint, s.connection_check_window_seconds, count(c.id), min(c.created_at)
  from recto.settings s
  left join recto.connection_checks c
    on c.user_id = person and c.created_at > at - make_interval(secs => s.connection_check_window_seconds)
  group by s.connection_checks_per_window, s.connection_check_window_seconds;
end
$$;

-- Raises PT429 for a window that counts what a person asks for. `frees` is when the next place frees; null: a whole window
-- from now.
create function recto.deny_person(name text, most bigint, seconds integer, frees timestamptz, at timestamptz) returns void
  language plpgsql set search_path = ''
as $$
declare
  state constant jsonb := jsonb_build_object('name', name, 'limit', most, 'remaining', 0, 'window_seconds', seconds,
    'reset', greatest(1, ceil(coalesce(extract(epoch from frees - at), seconds)))::integer);
begin
  raise exception 'rate limited' using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
    detail = (state || jsonb_build_object('windows', jsonb_build_array(state)))::text;
end
$$;

-- When so many checks have left the window that one more may come. Null when none may ever come.
create function recto.next_connection_check(person uuid, most bigint, seconds integer) returns timestamptz
  language sql stable set search_path = ''
as $$
  select c.created_at + make_interval(secs => seconds) from recto.connection_checks c
  where c.user_id = person and most > 0 order by c.created_at desc offset greatest(most, 1) - 1 limit 1
$$;

create function recto.request_connection_check(model text, message text default null) returns uuid
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  caller constant uuid := (select auth.uid());
  rule public.plans;
  least_usd numeric;
  at timestamptz;
  usage record;
  check_id uuid;
begin
  perform recto.require_read_committed();
  perform recto.hold_off_erasure(caller);
  perform recto.lock_admission(caller);
  -- What the plan denies of a submission, it denies of a check, too.
  rule := recto.effective_plan(caller);
  if not model = any (rule.allowed_models) then
    perform recto.deny_model(rule.allowed_models);
  end if;
  select recto.least_of_kinds(m.least_usd) into least_usd from recto.offered_models m where m.name = request_connection_check.model;
  if least_usd > rule.monthly_budget_usd and not rule.throttle then
    perform recto.deny_model_cost(model, least_usd, rule.monthly_budget_usd);
  end if;
  at := clock_timestamp();
  select * into usage from recto.connection_check_usage(caller, at);
  if usage.used >= usage.most then
    perform recto.deny_person(usage.name, usage.most, usage.seconds,
      recto.next_connection_check(caller, usage.most, usage.seconds), at);
  end if;
  -- The worker that books the check on the account cannot see in the claims which plan it has.
  perform recto.lock_anonymity(caller);
  insert into public.accounts (id, kind, plan) select caller, 'personal', 'anonymous' where recto.first_plan(caller) = 'anonymous'
    on conflict do nothing;
  insert into recto.connection_checks (user_id, account_id, model, message, created_at)
    values (caller, caller, request_connection_check.model, request_connection_check.message, at) returning id into check_id;
  perform pg_notify('recto_connection_checks', check_id::text);
  perform set_config('recto.admission', to_json((at, array[
    (usage.name, usage.name, usage.most, usage.seconds, usage.used + 1, coalesce(usage.oldest_at, at), null)::recto.rate_limit_window
  ], false, 0, 0)::recto.admission_result)::text, true);
  return check_id;
end
$$;
comment on function recto.request_connection_check is
  'Asks the workers, as the caller, whether a model answers. PT403 for a model that the plan of the caller does not include or can never pay. The notification is sent at commit.';

-- The window of the caller, for the headers of an answer.
create function recto.connection_check_window()
  returns table (name text, most bigint, seconds integer, used bigint, frees_in double precision)
  language plpgsql stable security definer rows 1 set search_path = ''
as $$
begin
  return query
  select u.name, u.most, u.seconds, u.used,
    extract(epoch from u.oldest_at + make_interval(secs => u.seconds) - now())::double precision
  from recto.connection_check_usage((select auth.uid()), now()) u;
end
$$;
comment on function recto.connection_check_window is 'The window in which connection checks of the caller count.';

-- The window of a person who is not known.
create function recto.default_connection_check_window() returns table (name text, most bigint, seconds integer)
  language sql stable security definer rows 1 set search_path = ''
as $$
  select 'connection_checks', s.connection_checks_per_window::bigint, s.connection_check_window_seconds from recto.settings s
$$;
comment on function recto.default_connection_check_window is 'The window in which connection checks of a new person count.';

create function recto.connection_check_result(check_id uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select result from recto.connection_checks where id = check_id and user_id = (select auth.uid())
$$;
comment on function recto.connection_check_result is
  'The result of a connection check of the caller. Null until it is done.';

revoke all on function recto.connection_check_usage(uuid, timestamptz), recto.deny_person(text, bigint, integer, timestamptz, timestamptz),
  recto.next_connection_check(uuid, bigint, integer),
  recto.request_connection_check(text, text), recto.connection_check_window(), recto.default_connection_check_window(),
  recto.connection_check_result(uuid) from public;
grant execute on function recto.request_connection_check(text, text), recto.connection_check_window(), recto.connection_check_result(uuid)
  to authenticated;
grant execute on function recto.default_connection_check_window() to recto_api;
