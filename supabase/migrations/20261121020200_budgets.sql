-- Money per account and calendar month (UTC), and of the whole deployment: every call is booked against both before it leaves,
-- and again when it is known what it cost. Triggers do it, whoever writes a call.

create table recto.spending (
  account_id uuid not null,
  month date not null,
  spent_usd numeric not null default 0,
  reserved_usd numeric not null default 0,
  exhausted_budget_usd numeric,
  primary key (account_id, month)
);
comment on table recto.spending is 'The sums of ai_calls: settled, and still reserved. The account 00000000-0000-0000-0000-000000000000 is the deployment.';
comment on column recto.spending.exhausted_budget_usd is 'The budget in force when a call did not fit into what was left of it: refused at submission until there is a larger one.';

create table public.budget_alerts (
  account_id uuid not null,
  month date not null,
  threshold integer not null check (threshold in (80, 90, 100)),
  budget_usd numeric not null,
  spent_usd numeric not null,
  created_at timestamptz not null default clock_timestamp(),
  enqueued_at timestamptz,
  primary key (account_id, month, threshold)
);
comment on table public.budget_alerts is 'One row per account, month and threshold (percent), however often it is crossed. enqueued_at: when its message was handed to the queue.';
create index idx_budget_alerts_unsent on public.budget_alerts (created_at) where enqueued_at is null;

alter table recto.spending enable row level security;
alter table public.budget_alerts enable row level security;
revoke all on recto.spending, public.budget_alerts from public, anon, authenticated, service_role;
grant select on public.budget_alerts to authenticated, recto_worker;
grant update (enqueued_at) on public.budget_alerts to recto_worker;
create policy "people read their accounts' alerts" on public.budget_alerts for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.team_ids())::uuid[]));
create policy "the worker reads alerts" on public.budget_alerts for select to recto_worker using (true);
create policy "the worker hands alerts on" on public.budget_alerts for update to recto_worker using (true) with check (true);

create function recto.deployment() returns uuid language sql immutable set search_path = ''
as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

create function recto.month_of(at timestamptz) returns date language sql immutable set search_path = ''
as $$ select date_trunc('month', at at time zone 'UTC')::date $$;

-- The budget that holds for an account, or for the deployment; null is none.
create function recto.budget_of(account uuid) returns numeric
  language sql stable security definer set search_path = ''
as $$
  select case when account = recto.deployment() then (select s.monthly_budget_usd from recto.settings s)
    else (recto.plan_of(account)).monthly_budget_usd end
$$;

-- Books an amount before it is spent, in one statement; refuses with PT402 what does not fit. In DETAIL: whether it can never fit,
-- or may once the calls under way turn out cheaper than they were booked.
create function recto.reserve(account uuid, in_month date, amount numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  budget numeric := recto.budget_of(account);
  row recto.spending;
begin
  insert into recto.spending as s (account_id, month, reserved_usd) values (account, in_month, 0) on conflict do nothing;
  update recto.spending s set reserved_usd = s.reserved_usd + amount
    where s.account_id = account and s.month = in_month and (budget is null or s.spent_usd + s.reserved_usd + amount <= budget);
  if found then
    return;
  end if;
  select * into row from recto.spending s where s.account_id = account and s.month = in_month;
  raise exception 'budget exceeded' using errcode = 'PT402',
    detail = json_build_object('scope', case when account = recto.deployment() then 'deployment' else 'account' end,
      'budget_usd', budget::text, 'spent_usd', row.spent_usd::text, 'reserved_usd', row.reserved_usd::text,
      'final', row.spent_usd + amount > budget)::text;
end
$$;

create function recto.alert(account uuid, in_month date) returns void
  language sql set search_path = ''
as $$
  insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
  select s.account_id, s.month, t.threshold, b.budget, s.spent_usd
  from recto.spending s, (select recto.budget_of(account) as budget) b, unnest(array[80, 90, 100]) as t (threshold)
  where s.account_id = account and s.month = in_month and b.budget is not null
    and (s.spent_usd * 100 >= b.budget * t.threshold or s.exhausted_budget_usd >= b.budget)
  on conflict do nothing
$$;

-- Always the deployment first: two calls that lock in the same order do not wait for each other in a circle.
create function recto.book_call() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(new.started_at);
  amount numeric := coalesce(new.cost_usd, new.reserved_usd);
begin
  if tg_op = 'INSERT' then
    if recto.budget_of(recto.deployment()) is not null then
      -- A budget that is set in mid-month counts what was spent before.
      if not exists (select from recto.spending s where s.account_id = recto.deployment() and s.month = in_month) then
        insert into recto.spending (account_id, month, spent_usd, reserved_usd)
          select recto.deployment(), in_month, coalesce(sum(s.spent_usd), 0), coalesce(sum(s.reserved_usd), 0)
          from recto.spending s where s.month = in_month
          on conflict do nothing;
      end if;
      perform recto.reserve(recto.deployment(), in_month, amount);
    end if;
    perform recto.reserve(new.account_id, in_month, amount);
    return new;
  end if;
  if new.cost_usd is not distinct from old.cost_usd then
    return new;
  end if;
  update recto.spending s
    set spent_usd = s.spent_usd + coalesce(new.cost_usd, 0) - coalesce(old.cost_usd, 0),
      reserved_usd = s.reserved_usd + case when new.cost_usd is null then old.reserved_usd when old.cost_usd is null then -old.reserved_usd else 0 end
    where s.account_id = recto.deployment() and s.month = in_month;
  if found then
    perform recto.alert(recto.deployment(), in_month);
  end if;
  update recto.spending s
    set spent_usd = s.spent_usd + coalesce(new.cost_usd, 0) - coalesce(old.cost_usd, 0),
      reserved_usd = s.reserved_usd + case when new.cost_usd is null then old.reserved_usd when old.cost_usd is null then -old.reserved_usd else 0 end
    where s.account_id = new.account_id and s.month = in_month;
  perform recto.alert(new.account_id, in_month);
  return new;
end
$$;
revoke all on function recto.deployment(), recto.month_of(timestamptz), recto.budget_of(uuid), recto.reserve(uuid, date, numeric),
  recto.alert(uuid, date), recto.book_call() from public;

-- What was spent before there were budgets.
insert into recto.spending (account_id, month, spent_usd, reserved_usd)
  select account_id, recto.month_of(started_at), coalesce(sum(cost_usd), 0), coalesce(sum(reserved_usd) filter (where cost_usd is null), 0)
  from public.ai_calls group by 1, 2;

create trigger book_call before insert on public.ai_calls for each row execute function recto.book_call();
create trigger book_settled_call before update of cost_usd on public.ai_calls for each row execute function recto.book_call();

-- A call did not fit into what is left: nothing that asks as much will, this month.
create function recto.exhaust_budget(account uuid, needed numeric) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(now());
  scope uuid;
begin
  foreach scope in array array[recto.deployment(), account] loop
    update recto.spending s set exhausted_budget_usd = recto.budget_of(scope)
      where s.account_id = scope and s.month = in_month and s.spent_usd + needed > recto.budget_of(scope);
    if found then
      perform recto.alert(scope, in_month);
    end if;
  end loop;
end
$$;
comment on function recto.exhaust_budget is 'Remembers, for submissions, that the budget of an account or of the deployment is used up; alerts.';

-- Whether submissions are refused for want of money, with the numbers: null when they are not.
create function recto.out_of_money(account uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('name', 'budget', 'scope', case when s.account_id = account then 'account' else 'deployment' end,
    'budget_usd', b.budget::text, 'spent_usd', s.spent_usd::text,
    'reset', ceil(extract(epoch from (s.month + interval '1 month') at time zone 'UTC' - now()))::integer)
  from recto.spending s, lateral (select recto.budget_of(s.account_id) as budget) b
  where s.account_id in (account, recto.deployment()) and s.month = recto.month_of(now())
    and (s.spent_usd >= b.budget or s.exhausted_budget_usd >= b.budget)
  limit 1
$$;

-- What a worker has to know of an account when it claims.
create function recto.terms_of(account uuid) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans := recto.plan_of(account);
  setting recto.account_settings;
  spent numeric;
begin
  select * into setting from recto.account_settings s where s.account_id = account;
  if rule.throttle and rule.monthly_budget_usd is not null then
    select s.spent_usd into spent from recto.spending s where s.account_id = account and s.month = recto.month_of(now());
  end if;
  return jsonb_build_object('data_residency', coalesce(setting.data_residency, 'any'), 'scrub', coalesce(setting.scrub, false),
    'allowed_models', rule.allowed_models, 'over_budget', rule.over_budget,
    'throttled', coalesce(spent > 0.9 * rule.monthly_budget_usd, false));
end
$$;

revoke all on function recto.exhaust_budget(uuid, numeric), recto.out_of_money(uuid), recto.terms_of(uuid) from public;
grant execute on function recto.exhaust_budget(uuid, numeric), recto.terms_of(uuid) to recto_worker;

-- Refusals: SQLSTATE PT429, PT402, PT403 or PT503 (PostgREST answers with that status), and the numbers as JSON in DETAIL.
-- When admitted, the same numbers are in the setting recto.admission, for the API's headers.
create or replace function recto.admit_generation() returns trigger
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule public.plans;
  pulse recto.pulse;
  setting recto.settings;
  at timestamptz;
  tokens bigint := recto.tokens_of(new.source_text);
  last recto.admissions;
  place record;
  tight record;
  windows jsonb := '[]';
  live integer;
  money jsonb;
begin
  -- Row level security is asked after this: nobody may learn from a refusal how another account stands.
  if not recto.may_use(new.account_id, new.user_id) then
    raise exception 'not a member of the account' using errcode = 'insufficient_privilege';
  end if;
  -- Under an older snapshot the counts below would not see what others were admitted while this one waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(new.account_id::text, 429));
  rule := recto.plan_of(new.account_id);
  at := clock_timestamp();

  if char_length(new.source_text) > rule.max_characters then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'characters', 'limit', rule.max_characters, 'used', char_length(new.source_text))::text;
  end if;
  if not new.model = any (rule.allowed_models) then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'models', 'allowed', rule.allowed_models)::text;
  end if;

  select * into last from recto.admissions a
    where a.account_id = new.account_id and a.limit_name = 'generations' order by a.seq desc limit 1;
  for place in select * from recto.standing(new.account_id, rule, at) loop
    if place.used + (case place.name when 'tokens' then tokens else 1 end) > place.most then
      if tight is null or place.frees > tight.frees then
        tight := place;
      end if;
    end if;
    if place.name <> 'tokens' then
      windows := windows || jsonb_build_object('name', place.name, 'limit', place.most, 'window_seconds', place.seconds,
        'remaining', greatest(0, place.most - place.used - 1),
        'reset', greatest(0, ceil(extract(epoch from coalesce(place.frees, at + make_interval(secs => place.seconds)) - at)))::integer);
    end if;
  end loop;
  if tight is not null then
    raise exception '%', case when tight.name in ('generations', 'sustained') then 'rate limited' else 'quota exceeded' end
      using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
      detail = json_build_object('name', tight.name, 'limit', tight.most, 'remaining', greatest(0, tight.most - tight.used),
        'window_seconds', tight.seconds,
        'reset', greatest(1, ceil(extract(epoch from coalesce(tight.frees, at + make_interval(secs => tight.seconds)) - at)))::integer)::text;
  end if;

  money := recto.out_of_money(new.account_id);
  if money is not null then
    raise exception 'budget exceeded' using errcode = 'PT402', detail = money::text;
  end if;

  select * into pulse from recto.pulse;
  select * into setting from recto.settings;
  if at - pulse.waiting_since > make_interval(secs => setting.max_queue_seconds) then
    raise exception 'overloaded' using errcode = 'PT503',
      detail = json_build_object('name', 'queue', 'limit', setting.max_queue_seconds,
        'used', extract(epoch from at - pulse.waiting_since)::integer, 'reset', 60)::text;
  end if;

  insert into recto.admissions (account_id, limit_name, admitted_at, seq, tokens, tokens_total)
    values (new.account_id, 'generations', at, coalesce(last.seq, 0) + 1, tokens, coalesce(last.tokens_total, 0) + tokens);
  if last is null and new.account_id = new.user_id then
    insert into public.accounts (id, kind) values (new.account_id, 'personal') on conflict do nothing;
  end if;

  if rule.concurrent is not null then
    select count(*) into live from public.ai_generations g
      where g.account_id = new.account_id and g.finished_at is null and not g.waiting;
    new.waiting := live >= rule.concurrent;
  end if;
  perform set_config('recto.admission', jsonb_build_object('windows', windows, 'waiting', new.waiting, 'priority', rule.priority)::text, true);
  return new;
end
$$;
