-- Money per account and calendar month (UTC), and of the whole deployment. Triggers on public.ai_calls reserve the most that a call can
-- cost before the call leaves, and settle it once the cost is known, whoever writes the call.

create table recto.spending (
  account_id uuid not null,
  month date not null,
  spent_usd numeric not null default 0,
  reserved_usd numeric not null default 0,
  exhausted jsonb not null default '{}',
  primary key (account_id, month)
);
comment on table recto.spending is 'The sums of ai_calls: settled, and still reserved. The account 00000000-0000-0000-0000-000000000000 is the deployment.';
comment on column recto.spending.exhausted is 'By model as requests name it: {"budget", "bytes"} of a call that did not fit into what was left: the budget then in force, and the length of its text. Texts as long are refused at submission until there is a larger budget.';
create index idx_spending_exhausted on recto.spending (month) where exhausted <> '{}';
alter table recto.spending enable row level security;
revoke all on recto.spending from public, anon, authenticated, service_role;

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
alter table public.budget_alerts enable row level security;
revoke all on public.budget_alerts from public, anon, authenticated, service_role;
grant select on public.budget_alerts to authenticated, recto_worker;
grant update (enqueued_at) on public.budget_alerts to recto_worker;
create policy "people read their accounts' alerts" on public.budget_alerts for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.team_ids())::uuid[]));
create policy "the worker reads alerts" on public.budget_alerts for select to recto_worker using (true);
create policy "the worker hands alerts on" on public.budget_alerts for update to recto_worker using (true) with check (true);

-- The budget in force for an account, or for the deployment. Null means that there is none.
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

-- Reserves an amount in one statement, or raises PT402 when the amount does not fit. DETAIL says whether it cannot fit this month
-- (`final`) or not even into a whole month's budget (`hopeless`). Otherwise it may fit once open calls turn out cheaper than reserved.
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
  budget numeric;
begin
  -- A call of a month that is over may be settled late, under another budget than that month had.
  if in_month <> recto.month_of(clock_timestamp()) then
    return;
  end if;
  budget := recto.budget_of(account);
  if spent * 100 >= budget * 80 then
    -- The last tenth may be too little for any call, and is then as good as spent.
    insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
      select account, in_month, t.threshold, budget, spent from unnest(array[80, 90, 100]) as t (threshold)
      where spent * 100 >= budget * t.threshold or (is_exhausted and spent * 100 >= budget * 90)
      on conflict do nothing;
  end if;
end
$$;

-- The deployment's row exists from the first time that the deployment has a budget in a month, and counts from then on, with a budget
-- or without. Calls hold this lock shared and the function that makes the row holds it alone, so its first sums miss no open call.
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

-- This trigger runs after the insert, so that a call that is written again after a lost acknowledgement is reserved once. The deployment
-- is always locked before the account: two calls that lock in the same order cannot deadlock.
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
create trigger book_call after insert on public.ai_calls for each row execute function recto.book_call();

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
create trigger book_cost after update of cost_usd on public.ai_calls
  for each row when (new.cost_usd is distinct from old.cost_usd) execute function recto.book_cost();

-- A transaction that settles several calls locks the calls by id and then the spending rows, in the order that everybody follows.
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

-- A call for a text of so many bytes did not fit into what is left: no call for a longer text that asks the same model will fit this month.
create function recto.exhaust_budget(account uuid, model text, needed numeric, bytes integer default 0) returns void
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
    -- What is known of a shorter text, under no smaller a budget, says more than this.
    update recto.spending s set exhausted = case
        when (s.exhausted -> model ->> 'budget')::numeric >= budget and (s.exhausted -> model ->> 'bytes')::integer <= bytes
        then s.exhausted else s.exhausted || jsonb_build_object(model, jsonb_build_object('budget', budget, 'bytes', bytes)) end
      where s.account_id = scope and s.month = in_month and s.spent_usd + needed > budget returning * into row;
    if found then
      perform recto.alert(scope, in_month, row.spent_usd, true);
    end if;
  end loop;
end
$$;
comment on function recto.exhaust_budget is 'Remembers, for submissions, what the budget of an account or of the deployment had no room for; alerts.';

-- Every worker asks every few seconds. While one of them is at it, the others return at once.
create function recto.reopen_budgets() returns setof uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  scope uuid;
  budget numeric;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('recto.reopen', 0)) then
    return;
  end if;
  for scope in
    select s.account_id from recto.spending s where s.month = recto.month_of(now()) and s.exhausted <> '{}' order by s.account_id
  loop
    budget := recto.budget_of(scope);
    update recto.spending s set exhausted = '{}' where s.account_id = scope and s.month = recto.month_of(now())
      and (budget is null or exists (select from jsonb_each(s.exhausted) e where (e.value ->> 'budget')::numeric < budget));
    if found then
      return next scope;
    end if;
  end loop;
end
$$;
comment on function recto.reopen_budgets is 'Called by workers, so that what was put off to the new month need not wait for it.';

revoke all on function recto.budget_of(uuid), recto.reserve(uuid, date, numeric), recto.alert(uuid, date, numeric, boolean),
  recto.begin_deployment(), recto.book_call(), recto.book_cost(), recto.lock_books(uuid[]),
  recto.exhaust_budget(uuid, text, numeric, integer), recto.reopen_budgets() from public;
grant execute on function recto.lock_books(uuid[]), recto.exhaust_budget(uuid, text, numeric, integer), recto.reopen_budgets()
  to recto_worker;
