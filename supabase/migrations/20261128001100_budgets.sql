-- What follows from spending: alerts when a budget is nearly used up, and blocks of models that no longer fit into it.

create table public.budget_alerts (
  account_id uuid not null,
  month date not null,
  reason text not null default 'spent' check (reason in ('spent', 'too_little_left', 'exceeds_budget')),
  threshold integer not null check (threshold = 100 or (reason = 'spent' and threshold in (80, 90))),
  budget_usd recto.usd not null,
  spent_usd recto.usd not null,
  created_at timestamptz not null default clock_timestamp(),
  enqueued_at timestamptz,
  primary key (account_id, month, reason, threshold)
);
comment on table public.budget_alerts is
  'One row per account, month, reason and threshold (percent), however often it happens. enqueued_at is when its message was handed to the queue.';
comment on column public.budget_alerts.reason is
  'spent: spending reached the threshold. too_little_left: the budget denied a call because of what is spent. exceeds_budget: a call costs more than the whole budget.';
create index idx_budget_alerts_unsent on public.budget_alerts (created_at) where enqueued_at is null;
alter table public.budget_alerts enable row level security;
revoke all on public.budget_alerts from public, anon, authenticated, service_role;
grant select on public.budget_alerts to authenticated, recto_worker;
grant update (enqueued_at) on public.budget_alerts to recto_worker;
create policy "people read their accounts' alerts" on public.budget_alerts for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.team_ids())::uuid[]));
create policy "the worker reads alerts" on public.budget_alerts for select to recto_worker using (true);
create policy "the worker marks alerts as enqueued" on public.budget_alerts for update to recto_worker using (true) with check (true);

-- A model is blocked for an account, or for the deployment, when a call did not fit into what is left of the month.
create table recto.budget_blocks (
  account_id uuid not null,
  month date not null,
  model text not null,
  budget_usd numeric not null,
  needed_usd numeric not null,
  bytes integer not null,
  primary key (account_id, month, model)
);
comment on table recto.budget_blocks is
  'A call that did not fit: the model as the request names it, the budget then in force, what the call would have reserved, and the bytes of its text. Submissions of texts as long are denied until the budget is larger.';
create index idx_budget_blocks_month on recto.budget_blocks (month, account_id);
alter table recto.budget_blocks enable row level security;
revoke all on recto.budget_blocks from public, anon, authenticated, service_role;
grant select (account_id) on recto.budget_blocks to recto_worker;
create policy "the worker looks for budget blocks" on recto.budget_blocks for select to recto_worker using (true);

-- Records an alert for each threshold that is reached. Each threshold is recorded once per account and month.
create function recto.raise_budget_alerts(account uuid, in_month date, spent numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  budget numeric;
begin
  -- A call of a past month may be settled late, when the budget is no longer the one of that month.
  if in_month <> recto.month_of(clock_timestamp()) then
    return;
  end if;
  budget := recto.effective_budget(account);
  if spent * 100 >= budget * 80 then
    -- The last tenth may be too little for any call. When a call did not fit, it counts as spent.
    insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd)
      select account, in_month, t.threshold, budget, spent from unnest(array[80, 90, 100]) as t (threshold)
      where spent * 100 >= budget * t.threshold or (spent * 100 >= budget * 90 and exists (
        select from recto.budget_blocks b where b.account_id = account and b.month = in_month
      ))
      on conflict do nothing;
  end if;
end
$$;

-- A call for a text of so many bytes did not fit into what is left: no call for a longer text that asks the same model
-- will fit this month.
create function recto.block_model(account uuid, model text, needed numeric, bytes integer) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month constant date := recto.month_of(clock_timestamp());
  budget numeric;
  spent numeric;
  scope uuid;
begin
  foreach scope in array array[recto.deployment_account(), account] loop
    budget := recto.effective_budget(scope);
    -- The row's lock keeps blocks and spending in one order for everybody.
    select s.spent_usd into spent from recto.spending s where s.account_id = scope and s.month = in_month for no key update;
    spent := coalesce(spent, 0);
    continue when (spent + needed > budget) is not true;
    -- A block for a shorter text under the same or a larger budget covers this one, and stays.
    insert into recto.budget_blocks as b (account_id, month, model, budget_usd, needed_usd, bytes)
      values (scope, in_month, block_model.model, budget, needed, block_model.bytes)
      on conflict on constraint budget_blocks_pkey do update
        set budget_usd = excluded.budget_usd, needed_usd = excluded.needed_usd, bytes = excluded.bytes
      where b.budget_usd < excluded.budget_usd or b.bytes > excluded.bytes;
    perform recto.raise_budget_alerts(scope, in_month, spent);
    -- From 90 % on, the alert of 100 % says so already.
    if spent < budget * 0.9 then
      insert into public.budget_alerts (account_id, month, reason, threshold, budget_usd, spent_usd)
        values (scope, in_month, case when needed > budget then 'exceeds_budget' else 'too_little_left' end, 100, budget, spent)
        on conflict do nothing;
    end if;
  end loop;
end
$$;
comment on function recto.block_model is
  'Blocks, for submissions, what the budget of an account or of the deployment has no room for, and raises alerts.';

-- Removes the blocks of accounts, or of the deployment, that have a larger budget now, and returns their ids. Every
-- worker calls this every few seconds; while one of them works, the others return at once.
create function recto.unblock_models() returns setof uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  scope uuid;
  budget numeric;
begin
  if not recto.try_lock_unblocking() then
    return;
  end if;
  delete from recto.budget_blocks b where b.month < recto.month_of(now());
  for scope in
    select distinct b.account_id from recto.budget_blocks b where b.month = recto.month_of(now()) order by b.account_id
  loop
    budget := recto.effective_budget(scope);
    delete from recto.budget_blocks b where b.account_id = scope and b.month = recto.month_of(now())
      and (budget is null or b.budget_usd < budget);
    if found then
      return next scope;
    end if;
  end loop;
end
$$;
comment on function recto.unblock_models is
  'Workers call this, so that generations that wait for the new month start as soon as the budget is larger.';

-- A budget that becomes smaller than what is spent denies at once, and no call is settled that would raise its alerts.
-- Accounts below the smallest share of all budgets are left out before their plan is looked up.
create function recto.raise_missed_budget_alerts() returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  in_month constant date := recto.month_of(clock_timestamp());
  smallest numeric;
  scope recto.spending;
begin
  select min(b.usd) into smallest from (
    select p.monthly_budget_usd as usd from public.plans p
    union all select (o.changes ->> 'monthly_budget_usd')::numeric from recto.account_overrides o
    union all select s.monthly_budget_usd from recto.settings s
  ) b;
  for scope in
    select s.* from recto.spending s
    where s.month = in_month and s.spent_usd * 100 >= smallest * 80 and not exists (
      select from public.budget_alerts a
      where a.account_id = s.account_id and a.month = in_month and a.reason = 'spent' and a.threshold = 100
    )
    order by s.account_id
  loop
    perform recto.raise_budget_alerts(scope.account_id, in_month, scope.spent_usd);
  end loop;
end
$$;
comment on function recto.raise_missed_budget_alerts is
  'Raises the alerts of budgets that were lowered to what is spent already. recto.check_alerts calls this every half minute.';

revoke all on function recto.raise_budget_alerts(uuid, date, numeric), recto.raise_missed_budget_alerts(),
  recto.block_model(uuid, text, numeric, integer), recto.unblock_models() from public;
grant execute on function recto.block_model(uuid, text, numeric, integer), recto.unblock_models() to recto_worker;
