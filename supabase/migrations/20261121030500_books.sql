-- One call that does not fit says nothing of shorter texts, nor, while little is spent, of how the month goes.

comment on column recto.spending.exhausted is 'By model as requests name it: {"budget", "bytes"} of a call that did not fit into what was left: the budget then in force, and the length of its text. Texts as long are refused at submission until there is a larger budget.';

-- Locked in the order of who books: the deployment first.
update recto.spending s
  set exhausted = (select jsonb_object_agg(e.key, jsonb_build_object('budget', e.value, 'bytes', 0)) from jsonb_each(s.exhausted) e)
  from (
    select b.account_id, b.month from recto.spending b where b.exhausted <> '{}' order by b.account_id, b.month for no key update
  ) noted
  where s.account_id = noted.account_id and s.month = noted.month;

create or replace function recto.alert(account uuid, in_month date, spent numeric, is_exhausted boolean) returns void
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

drop function recto.exhaust_budget(uuid, text, numeric);
-- A call for a text of so many bytes did not fit into what is left: nor will one for a longer text that asks the same model, this
-- month. Workers of the release before name no bytes.
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
revoke all on function recto.exhaust_budget(uuid, text, numeric, integer) from public;
grant execute on function recto.exhaust_budget(uuid, text, numeric, integer) to recto_worker;

-- Forgets what was exhausted where there is a larger budget now; answers those accounts, or the deployment. Every worker asks every
-- few seconds: while one is at it the others have nothing to do.
create or replace function recto.reopen_budgets() returns setof uuid
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
