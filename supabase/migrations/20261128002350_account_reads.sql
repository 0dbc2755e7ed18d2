-- What the API and the worker read about accounts: rows and columns, of which TypeScript makes the answers.

-- Every limit of an account of the caller, one row each. What is not listed is not limited, and an account of others has
-- no rows. `most`, `used` and `remaining` are counts, or USD in the row `budget`; `names` are those that the rows
-- `models` and `kinds` allow.
create function recto.account_limits(account uuid)
  returns table (plan text, name text, most numeric, used numeric, remaining numeric, seconds integer,
    resets_at timestamptz, names text[])
  language plpgsql stable security definer rows 10 set search_path = ''
as $$
declare
  rule public.plans;
  running integer;
  money recto.spending;
begin
  if recto.can_use_account(account, (select auth.uid())) is not true then
    return;
  end if;
  rule := recto.effective_plan(account);
  return query
    select rule.name, s.name, s.most::numeric, s.used::numeric, greatest(0, s.most - s.used)::numeric, s.seconds,
      case when s.used > 0 then s.frees end, null::text[]
    from recto.window_usage(account, rule, now()) s;
  if rule.concurrent is not null then
    select count(*) into running from public.ai_generations g where g.account_id = account and g.finished_at is null and not g.waiting;
    return query select rule.name, 'concurrent', rule.concurrent::numeric, running::numeric,
      greatest(0, rule.concurrent - running)::numeric, null::integer, null::timestamptz, null::text[];
  end if;
  return query select rule.name, 'characters', rule.max_characters::numeric, null::numeric, null::numeric, null::integer,
    null::timestamptz, null::text[];
  if rule.allowed_models is not null then
    return query select rule.name, 'models', null::numeric, null::numeric, null::numeric, null::integer, null::timestamptz,
      rule.allowed_models;
  end if;
  if rule.allowed_kinds is not null then
    return query select rule.name, 'kinds', null::numeric, null::numeric, null::numeric, null::integer, null::timestamptz,
      rule.allowed_kinds;
  end if;
  if rule.monthly_budget_usd is not null then
    select * into money from recto.spending s where s.account_id = account and s.month = recto.month_of(now());
    -- What open calls have reserved is not available to others.
    return query select rule.name, 'budget', trim_scale(rule.monthly_budget_usd), trim_scale(coalesce(money.spent_usd, 0)),
      trim_scale(greatest(0, rule.monthly_budget_usd - coalesce(money.spent_usd + money.reserved_usd, 0))), null::integer,
      (recto.month_of(now()) + interval '1 month') at time zone 'UTC', null::text[];
  end if;
  -- Connection checks and dry runs count for the person, whichever account is asked for.
  return query
    select rule.name, c.name, c.most::numeric, c.used::numeric, greatest(0, c.most - c.used)::numeric, c.seconds,
      c.oldest_at + make_interval(secs => c.seconds), null::text[]
    from recto.connection_check_usage((select auth.uid()), now()) c;
  return query
    select rule.name, d.name, d.most::numeric, d.used::numeric, greatest(0, d.most - d.used)::numeric, d.seconds, d.ends_at,
      null::text[]
    from recto.dry_run_usage((select auth.uid()), now()) d;
end
$$;
comment on function recto.account_limits is
  'The limits of an account of the caller, one row each. No rows for an account of others.';

-- A frontend that offers models has to know what the account's plan includes before a submission is denied.
create function recto.account_models(account uuid) returns table (data_residency text, allowed_models text[])
  language plpgsql stable security definer rows 1 set search_path = ''
as $$
declare
  rule public.plans;
begin
  if recto.can_use_account(account, (select auth.uid())) then
    rule := recto.effective_plan(account);
    if rule.monthly_budget_usd is not null and not rule.throttle then
      rule.allowed_models := array(
        select o.name from recto.offered_models o
        where recto.least_of_kinds(o.least_usd) <= rule.monthly_budget_usd and (rule.allowed_models is null or o.name = any (rule.allowed_models))
      );
    end if;
    return query select
      coalesce((select s.data_residency from recto.account_settings s where s.account_id = account), 'any'), rule.allowed_models;
  end if;
end
$$;
comment on function recto.account_models is
  'Where the texts of an account of the caller may go, and the names that its requests may have (null: all): those that its plan includes and can pay. No row for an account of others.';

-- What a worker has to know of an account when it claims a generation. `throttled`: over 90 % of the budget is spent, and
-- the plan then asks the cheapest model.
create type recto.account_policy as (
  data_residency text, scrub boolean, allowed_models text[], allowed_kinds text[], over_budget text, throttled boolean
);
create function recto.account_policy(account uuid) returns recto.account_policy
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans := recto.effective_plan(account);
  setting recto.account_settings;
  spent numeric;
begin
  select * into setting from recto.account_settings s where s.account_id = account;
  if rule.throttle and rule.monthly_budget_usd is not null then
    select s.spent_usd into spent from recto.spending s where s.account_id = account and s.month = recto.month_of(now());
  end if;
  return (coalesce(setting.data_residency, 'any'), coalesce(setting.scrub, false), rule.allowed_models, rule.allowed_kinds,
    rule.over_budget, coalesce(spent > 0.9 * rule.monthly_budget_usd, false))::recto.account_policy;
end
$$;

revoke all on type recto.account_policy from public;
revoke all on function recto.account_limits(uuid), recto.account_models(uuid), recto.account_policy(uuid) from public;
grant execute on function recto.account_limits(uuid), recto.account_models(uuid) to authenticated;
grant execute on function recto.account_policy(uuid) to recto_worker;
