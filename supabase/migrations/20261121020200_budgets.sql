-- Money per account and calendar month (UTC), and of the whole deployment: every call is booked against both before it leaves,
-- and again when it is known what it cost. Triggers do it, whoever writes a call.

create table recto.spending (
  account_id uuid not null,
  month date not null,
  spent_usd numeric not null default 0,
  reserved_usd numeric not null default 0,
  exhausted jsonb not null default '{}',
  primary key (account_id, month)
);
comment on table recto.spending is 'The sums of ai_calls: settled, and still reserved. The account 00000000-0000-0000-0000-000000000000 is the deployment.';
comment on column recto.spending.exhausted is 'By model as requests name it: the budget in force when a call did not fit into what was left. Refused at submission until there is a larger one; a cheaper model may still fit.';

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

create index idx_spending_exhausted on recto.spending (month) where exhausted <> '{}';

alter table recto.spending enable row level security;
alter table public.budget_alerts enable row level security;
revoke all on recto.spending, public.budget_alerts from public, anon, authenticated, service_role;
grant select on public.budget_alerts to authenticated, recto_worker;
grant update (enqueued_at) on public.budget_alerts to recto_worker;
create policy "people read their accounts' alerts" on public.budget_alerts for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.team_ids())::uuid[]));
create policy "the worker reads alerts" on public.budget_alerts for select to recto_worker using (true);
create policy "the worker hands alerts on" on public.budget_alerts for update to recto_worker using (true) with check (true);

-- What runs with every call and every submission is plpgsql, which keeps its plans: a function in sql is planned each time.
create function recto.deployment() returns uuid language plpgsql immutable set search_path = ''
as $$ begin return '00000000-0000-0000-0000-000000000000'; end $$;

create function recto.month_of(at timestamptz) returns date language plpgsql immutable set search_path = ''
as $$ begin return date_trunc('month', at at time zone 'UTC'); end $$;

create function recto.seconds_left(in_month date) returns integer language plpgsql stable set search_path = ''
as $$
begin
  return greatest(1, ceil(extract(epoch from (in_month + interval '1 month') at time zone 'UTC' - clock_timestamp())));
end
$$;

-- The budget that holds for an account, or for the deployment; null is none.
create function recto.budget_of(account uuid) returns numeric
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
begin
  if account = recto.deployment() then
    return (select s.monthly_budget_usd from recto.settings s);
  end if;
  rule := recto.plan_of(account);
  return rule.monthly_budget_usd;
end
$$;

-- Books an amount before it is spent, in one statement; refuses with PT402 what does not fit. In DETAIL: whether it cannot fit this
-- month (final) or not into a month's whole budget (hopeless); else it may, once calls under way turn out cheaper than booked.
create function recto.reserve(account uuid, in_month date, amount numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  budget numeric := recto.budget_of(account);
  row recto.spending;
begin
  update recto.spending s set reserved_usd = s.reserved_usd + amount
    where s.account_id = account and s.month = in_month and (budget is null or s.spent_usd + s.reserved_usd + amount <= budget);
  if found then
    return;
  end if;
  insert into recto.spending (account_id, month) values (account, in_month) on conflict do nothing;
  update recto.spending s set reserved_usd = s.reserved_usd + amount
    where s.account_id = account and s.month = in_month and (budget is null or s.spent_usd + s.reserved_usd + amount <= budget);
  if found then
    return;
  end if;
  select * into row from recto.spending s where s.account_id = account and s.month = in_month;
  raise exception 'budget exceeded' using errcode = 'PT402',
    detail = json_build_object('scope', case when account = recto.deployment() then 'deployment' else 'account' end,
      'budget_usd', budget::text, 'spent_usd', row.spent_usd::text, 'reserved_usd', row.reserved_usd::text,
      'final', row.spent_usd + amount > budget, 'hopeless', amount > budget, 'reset', recto.seconds_left(in_month))::text;
end
$$;

create function recto.alert(account uuid, in_month date, spent numeric, is_exhausted boolean) returns void
  language plpgsql set search_path = ''
as $$
declare
  budget numeric := recto.budget_of(account);
begin
  -- What is left may be too little for any call; one that is dear at the beginning of the month is no reason for an alert.
  is_exhausted := is_exhausted and spent * 2 >= budget;
  if is_exhausted or spent * 100 >= budget * 80 then
    insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
      select account, in_month, t.threshold, budget, spent from unnest(array[80, 90, 100]) as t (threshold)
      where is_exhausted or spent * 100 >= budget * t.threshold
      on conflict do nothing;
  end if;
end
$$;

-- The deployment's row is there from when it first has a budget in a month, and booked from then on, budget or not. Who books holds
-- this lock with others, who begins the row holds it alone: what is under way is in its first sums whole, or in none.
create function recto.begin_deployment() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date;
begin
  perform pg_advisory_xact_lock(429, 402);
  in_month := recto.month_of(clock_timestamp());
  insert into recto.spending (account_id, month, spent_usd, reserved_usd)
    select recto.deployment(), in_month, coalesce(sum(s.spent_usd), 0), coalesce(sum(s.reserved_usd), 0)
    from recto.spending s where s.month = in_month
    on conflict do nothing;
  return null;
end
$$;
create trigger begin_deployment after update of monthly_budget_usd on recto.settings
  for each row when (new.monthly_budget_usd is not null) execute function recto.begin_deployment();

-- After the row: a call that is written again after a lost acknowledgement is booked once. Always the deployment first: two calls
-- that lock in the same order do not wait for each other in a circle.
create function recto.book_call() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(new.started_at);
  amount numeric := coalesce(new.cost_usd, new.reserved_usd);
begin
  perform pg_advisory_xact_lock_shared(429, 402);
  if exists (select from recto.settings s where s.monthly_budget_usd is not null)
    or exists (select from recto.spending s where s.account_id = recto.deployment() and s.month = in_month) then
    perform recto.reserve(recto.deployment(), in_month, amount);
  end if;
  perform recto.reserve(new.account_id, in_month, amount);
  return null;
end
$$;

create function recto.book_cost() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(new.started_at);
  spent numeric := coalesce(new.cost_usd, 0) - coalesce(old.cost_usd, 0);
  reserved numeric := case when new.cost_usd is null then old.reserved_usd when old.cost_usd is null then -old.reserved_usd else 0 end;
  scope uuid;
  row recto.spending;
begin
  perform pg_advisory_xact_lock_shared(429, 402);
  foreach scope in array array[recto.deployment(), new.account_id] loop
    update recto.spending s set spent_usd = s.spent_usd + spent, reserved_usd = s.reserved_usd + reserved
      where s.account_id = scope and s.month = in_month returning * into row;
    if found then
      perform recto.alert(scope, in_month, row.spent_usd, row.exhausted <> '{}');
    end if;
  end loop;
  return null;
end
$$;

-- For who settles several calls at once: their rows, then the books, each in one order for everybody.
create function recto.lock_books(calls uuid[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  months date[];
  accounts uuid[];
begin
  perform from public.ai_calls c where c.id = any (calls) order by c.id for no key update;
  select array_agg(distinct recto.month_of(c.started_at)), array_agg(distinct c.account_id) || recto.deployment() into months, accounts
    from public.ai_calls c where c.id = any (calls);
  perform from recto.spending s where s.account_id = any (accounts) and s.month = any (months)
    order by s.account_id, s.month for no key update;
end
$$;
revoke all on function recto.deployment(), recto.month_of(timestamptz), recto.seconds_left(date), recto.budget_of(uuid),
  recto.reserve(uuid, date, numeric), recto.alert(uuid, date, numeric, boolean), recto.begin_deployment(), recto.book_call(), recto.book_cost(),
  recto.lock_books(uuid[]) from public;
grant execute on function recto.lock_books(uuid[]) to recto_worker;

-- What was spent before there were budgets.
insert into recto.spending (account_id, month, spent_usd, reserved_usd)
  select account_id, recto.month_of(started_at), coalesce(sum(cost_usd), 0), coalesce(sum(reserved_usd) filter (where cost_usd is null), 0)
  from public.ai_calls group by 1, 2;

create trigger book_call after insert on public.ai_calls for each row execute function recto.book_call();
create trigger book_cost after update of cost_usd on public.ai_calls
  for each row when (new.cost_usd is distinct from old.cost_usd) execute function recto.book_cost();

-- A call did not fit into what is left: nothing that asks the same model will, this month.
create function recto.exhaust_budget(account uuid, model text, needed numeric) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(clock_timestamp());
  budget numeric;
  scope uuid;
  row recto.spending;
begin
  foreach scope in array array[recto.deployment(), account] loop
    budget := recto.budget_of(scope);
    continue when budget is null;
    -- The row that the refused call began went with it.
    insert into recto.spending (account_id, month) values (scope, in_month) on conflict do nothing;
    update recto.spending s set exhausted = s.exhausted || jsonb_build_object(model, budget)
      where s.account_id = scope and s.month = in_month and s.spent_usd + needed > budget returning * into row;
    if found then
      perform recto.alert(scope, in_month, row.spent_usd, true);
    end if;
  end loop;
end
$$;
comment on function recto.exhaust_budget is 'Remembers, for submissions, that the budget of an account or of the deployment is used up; alerts.';

-- Forgets what was exhausted where there is a larger budget now; answers those accounts, or the deployment.
create function recto.reopen_budgets() returns setof uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  scope uuid;
  budget numeric;
begin
  for scope in
    select s.account_id from recto.spending s where s.month = recto.month_of(now()) and s.exhausted <> '{}' order by s.account_id
  loop
    budget := recto.budget_of(scope);
    update recto.spending s set exhausted = '{}' where s.account_id = scope and s.month = recto.month_of(now())
      and (budget is null or exists (select from jsonb_each_text(s.exhausted) e where e.value::numeric < budget));
    if found then
      return next scope;
    end if;
  end loop;
end
$$;
comment on function recto.reopen_budgets is 'Called by workers, so that what was put off to the new month need not wait for it.';

-- Whether submissions are refused for want of money, with the numbers: null when they are not.
create function recto.out_of_money(account uuid, model text default null) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  in_month date := recto.month_of(now());
  budget numeric;
  scope uuid;
  row recto.spending;
begin
  foreach scope in array array[account, recto.deployment()] loop
    budget := recto.budget_of(scope);
    continue when budget is null;
    select * into row from recto.spending s where s.account_id = scope and s.month = in_month;
    if coalesce(row.spent_usd, 0) >= budget or (row.exhausted ->> model)::numeric >= budget then
      return jsonb_build_object('name', 'budget', 'scope', case when scope = account then 'account' else 'deployment' end,
        'budget_usd', budget::text, 'spent_usd', coalesce(row.spent_usd, 0)::text, 'reset', recto.seconds_left(in_month));
    end if;
  end loop;
  return null;
end
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

revoke all on function recto.exhaust_budget(uuid, text, numeric), recto.reopen_budgets(), recto.out_of_money(uuid, text), recto.terms_of(uuid) from public;
grant execute on function recto.exhaust_budget(uuid, text, numeric), recto.reopen_budgets(), recto.terms_of(uuid) to recto_worker;

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
  needed bigint := recto.tokens_of(new.source_text);
  last recto.admissions;
  place record;
  tight record;
  latest timestamptz;
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

  -- What is too long for any plan the table refuses.
  if char_length(new.source_text) between rule.max_characters + 1 and 10000 then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'characters', 'limit', rule.max_characters, 'used', char_length(new.source_text))::text;
  end if;
  if not new.model = any (rule.allowed_models) then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'models', 'allowed', rule.allowed_models)::text;
  end if;

  select * into last from recto.admissions a
    where a.account_id = new.account_id and a.limit_name = 'generations' order by a.seq desc limit 1;
  -- A clock that was set back must not bring numbers and times out of order.
  at := greatest(at, last.admitted_at);
  for place in select * from recto.standing(new.account_id, rule, at) loop
    place.frees := coalesce(place.frees, at + make_interval(secs => place.seconds));
    if place.used + (case place.name when 'tokens' then needed else 1 end) > place.most then
      if place.name = 'tokens' then
        -- Not when the oldest leaves, but when so many have that this one fits.
        select a.admitted_at + make_interval(secs => place.seconds) into place.frees from recto.admissions a
          where (a.account_id, a.limit_name, a.admitted_at) > (new.account_id, 'generations', at - make_interval(secs => place.seconds))
            and (a.account_id, a.limit_name, a.admitted_at) <= (new.account_id, 'generations', 'infinity'::timestamptz)
            and a.tokens_total >= last.tokens_total + needed - place.most
          order by a.account_id, a.limit_name, a.admitted_at limit 1;
        place.frees := coalesce(place.frees, at + make_interval(secs => place.seconds));
      end if;
      if latest is null or place.frees > latest then
        tight := place;
        latest := place.frees;
      end if;
    end if;
    if place.name <> 'tokens' then
      windows := windows || jsonb_build_object('name', place.name, 'limit', place.most, 'window_seconds', place.seconds,
        'remaining', greatest(0, place.most - place.used - 1),
        'reset', greatest(0, ceil(extract(epoch from place.frees - at)))::integer);
    end if;
  end loop;
  if latest is not null then
    raise exception '%', case when tight.name in ('generations', 'sustained') then 'rate limited' else 'quota exceeded' end
      using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
      detail = json_build_object('name', tight.name, 'limit', tight.most, 'remaining', greatest(0, tight.most - tight.used),
        'window_seconds', tight.seconds, 'reset', greatest(1, ceil(extract(epoch from latest - at)))::integer,
        'windows', recto.windows_at(new.account_id, rule, at))::text;
  end if;

  money := recto.out_of_money(new.account_id, new.model);
  if money is not null then
    -- What all accounts spend together is nobody's to read.
    raise exception 'budget exceeded' using errcode = 'PT402',
      detail = (case money ->> 'scope' when 'deployment' then money - array['budget_usd', 'spent_usd'] else money end)::text;
  end if;

  select * into pulse from recto.pulse;
  select * into setting from recto.settings;
  if at - pulse.waiting_since > make_interval(secs => setting.max_queue_seconds) then
    raise exception 'overloaded' using errcode = 'PT503',
      detail = json_build_object('name', 'queue', 'limit', setting.max_queue_seconds,
        'used', extract(epoch from at - pulse.waiting_since)::integer, 'reset', 60)::text;
  end if;

  insert into recto.admissions (account_id, limit_name, admitted_at, seq, tokens, tokens_total)
    values (new.account_id, 'generations', at, coalesce(last.seq, 0) + 1, needed, coalesce(last.tokens_total, 0) + needed);
  if last is null and new.account_id = new.user_id then
    insert into public.accounts (id, kind) values (new.account_id, 'personal') on conflict do nothing;
  end if;

  if rule.concurrent is not null then
    select count(*) into live from public.ai_generations g
      where g.account_id = new.account_id and g.finished_at is null and not g.waiting;
    -- A place that has just become free is for one of those who wait.
    new.waiting := live >= rule.concurrent or exists (
      select from public.ai_generations g where g.account_id = new.account_id and g.waiting and g.finished_at is null
    );
  end if;
  perform set_config('recto.admission', jsonb_build_object('windows', windows, 'waiting', new.waiting, 'priority', rule.priority)::text, true);
  return new;
end
$$;
