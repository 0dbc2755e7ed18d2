-- Money per account and calendar month (UTC), and of the whole deployment. Triggers on public.ai_calls reserve the most
-- that a call can cost before the call leaves, and settle it once the cost is known, whoever writes the call.

create table recto.spending (
  account_id uuid not null,
  month date not null,
  spent_usd numeric not null default 0,
  reserved_usd numeric not null default 0,
  primary key (account_id, month)
);
comment on table recto.spending is
  'Sums of ai_calls per account and month: settled, and still reserved. The account 00000000-0000-0000-0000-000000000000 is the deployment.';
alter table recto.spending enable row level security;
revoke all on recto.spending from public, anon, authenticated, service_role;

-- The budget in force for an account, or for the deployment. Null means that there is none.
create function recto.effective_budget(account uuid) returns numeric
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
begin
  if account = recto.deployment_account() then
    return (select s.monthly_budget_usd from recto.settings s);
  end if;
  rule := recto.effective_plan(account);
  return rule.monthly_budget_usd;
end
$$;

-- Reserves an amount in one statement, or raises PT402 when the amount does not fit. DETAIL says whether it cannot fit
-- this month (`final`) or not even into a whole month's budget (`hopeless`). Otherwise it may fit once open calls turn
-- out cheaper than reserved.
create function recto.reserve_budget(account uuid, in_month date, amount numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  budget numeric := recto.effective_budget(account);
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
    detail = json_build_object('scope', case when account = recto.deployment_account() then 'deployment' else 'account' end,
      'budget_usd', trim_scale(budget)::text, 'spent_usd', trim_scale(row.spent_usd)::text, 'reserved_usd', trim_scale(row.reserved_usd)::text,
      'final', row.spent_usd + amount > budget, 'hopeless', amount > budget, 'reset', recto.seconds_left_in_month(in_month))::text;
end
$$;

-- The deployment's row exists from the first time that the deployment has a budget in a month, and counts from then on,
-- with a budget or without. Calls hold this lock shared and the function that makes the row holds it alone, so its
-- first sums miss no open call.
create function recto.start_deployment_spending() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month date;
begin
  perform recto.lock_deployment_spending();
  in_month := recto.month_of(clock_timestamp());
  insert into recto.spending (account_id, month, spent_usd, reserved_usd)
    select recto.deployment_account(), in_month, coalesce(sum(s.spent_usd), 0), coalesce(sum(s.reserved_usd), 0)
    from recto.spending s where s.month = in_month
    on conflict do nothing;
  return null;
end
$$;
create trigger start_deployment_spending after update of monthly_budget_usd on recto.settings
  for each row when (new.monthly_budget_usd is not null) execute function recto.start_deployment_spending();

-- This trigger runs after the insert, so that a call that is written again after a lost acknowledgement is reserved
-- once. What is inserted together is reserved as one amount per account. The deployment has the smallest id: it is
-- always locked before the accounts, and these by id, so two statements cannot deadlock.
create function recto.reserve_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  each record;
begin
  perform recto.share_deployment_spending();
  for each in
    with sums as materialized (
      select a.account_id, recto.month_of(a.started_at) as month, sum(coalesce(a.cost_usd, a.reserved_usd)) as amount
      from added a group by 1, 2
    )
    select * from sums
    union all
    select recto.deployment_account(), s.month, sum(s.amount) from sums s
      where exists (select from recto.settings where monthly_budget_usd is not null)
        or exists (select from recto.spending d where d.account_id = recto.deployment_account() and d.month = s.month)
      group by s.month
    order by 1, 2
  loop
    perform recto.reserve_budget(each.account_id, each.month, each.amount);
  end loop;
  return null;
end
$$;
create trigger reserve_calls after insert on public.ai_calls referencing new table as added
  for each statement execute function recto.reserve_calls();

-- Moves calls from reserved to spent, and raises the alerts that follow.
create function recto.settle_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  each record;
  total numeric;
begin
  for each in
    with sums as materialized (
      select n.account_id, recto.month_of(n.started_at) as month,
        sum(coalesce(n.cost_usd, 0) - coalesce(o.cost_usd, 0)) as spent,
        sum(case when n.cost_usd is null then o.reserved_usd when o.cost_usd is null then -o.reserved_usd else 0 end) as reserved
      from written n join overwritten o on o.id = n.id where n.cost_usd is distinct from o.cost_usd group by 1, 2
    )
    select * from sums
    union all select recto.deployment_account(), s.month, sum(s.spent), sum(s.reserved) from sums s group by s.month
    order by 1, 2
  loop
    perform recto.share_deployment_spending();
    update recto.spending s set spent_usd = s.spent_usd + each.spent, reserved_usd = s.reserved_usd + each.reserved
      where s.account_id = each.account_id and s.month = each.month returning s.spent_usd into total;
    if found then
      perform recto.raise_budget_alerts(each.account_id, each.month, total);
    end if;
  end loop;
  return null;
end
$$;
create trigger settle_calls after update on public.ai_calls referencing old table as overwritten new table as written
  for each statement execute function recto.settle_calls();

-- A transaction that settles several calls locks the calls by id and then the spending rows, in the order that
-- everybody follows.
create function recto.lock_spending(calls uuid[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  months date[];
  accounts uuid[];
begin
  perform from public.ai_calls c where c.id = any (calls) order by c.id for no key update;
  select array_agg(distinct recto.month_of(c.started_at)), array_agg(distinct c.account_id) || recto.deployment_account() into months, accounts
    from public.ai_calls c where c.id = any (calls);
  perform from recto.spending s where s.account_id = any (accounts) and s.month = any (months)
    order by s.account_id, s.month for no key update;
end
$$;

revoke all on function recto.effective_budget(uuid), recto.reserve_budget(uuid, date, numeric), recto.start_deployment_spending(),
  recto.reserve_calls(), recto.settle_calls(), recto.lock_spending(uuid[]) from public;
grant execute on function recto.lock_spending(uuid[]) to recto_worker;
