-- What the API and the worker read about generations and accounts.

-- `reader` is how an answer finds its caller, because a generation of a sharing team has several readers. The place in
-- the queue is looked up only for a generation that waits.
create view recto.generations with (security_invoker = true) as
  select g.user_id, g.id, g.status, g.model, g.prompt_version, g.options, g.attempts,
    (select count(*)::integer from public.ai_suggestions s where s.generation_id = g.id) as suggestions_count,
    g.tokens_input, g.tokens_output, g.cost_usd,
    case when g.waiting and g.finished_at is null
      then g.ai_metadata || jsonb_build_object('waiting', recto.waiting_place(g.id)) else g.ai_metadata end as ai_metadata,
    g.error, g.created_at, g.started_at, g.finished_at, g.updated_at,
    g.account_id, (select auth.uid()) as reader
  from public.ai_generations g;
comment on view recto.generations is
  'A generation as the API answers it. Shows each reader what row level security shows them.';
revoke all on recto.generations from public, anon, authenticated, service_role;
grant select on recto.generations to authenticated;

-- Frontends mostly read a status, so concurrent reads of many people travel as one statement. The function becomes each
-- caller in turn, as a transaction of their own would: the claims at position n read the id at position n.
create function recto.read_generations(claims text[], ids uuid[]) returns setof recto.generations
  language plpgsql set search_path = '' set role = 'authenticated'
as $$
begin
  for n in 1 .. cardinality(ids) loop
    perform set_config('request.jwt.claims', claims[n], true);
    return query select * from recto.generations g where g.id = ids[n];
  end loop;
end
$$;
comment on function recto.read_generations is
  'What each caller sees of a generation, for the callers who see it. An answer finds its caller by the column reader.';
revoke all on function recto.read_generations(text[], uuid[]) from public;
grant execute on function recto.read_generations(text[], uuid[]) to recto_api;

-- Every limit of an account. Limits are numbers, and the budget is USD as text. What is not listed is not limited.
create function recto.account_limits(account uuid) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
  rule public.plans;
  live integer;
  money recto.spending;
  answer jsonb;
begin
  if not recto.can_use_account(account, caller) then
    return null;
  end if;
  rule := recto.effective_plan(account);
  select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'used', s.used, 'remaining', greatest(0, s.most - s.used),
      'window_seconds', s.seconds, 'resets_at', case when s.used > 0 then recto.iso_utc(s.frees) end)), '[]')
    into answer from recto.window_usage(account, rule, now()) s;
  if rule.concurrent is not null then
    select count(*) into live from public.ai_generations g where g.account_id = account and g.finished_at is null and not g.waiting;
    answer := answer || jsonb_build_object('name', 'concurrent', 'limit', rule.concurrent, 'used', live,
      'remaining', greatest(0, rule.concurrent - live), 'window_seconds', null, 'resets_at', null);
  end if;
  answer := answer || jsonb_build_object('name', 'characters', 'limit', rule.max_characters, 'used', null, 'remaining', null,
    'window_seconds', null, 'resets_at', null);
  if rule.allowed_models is not null then
    answer := answer || jsonb_build_object('name', 'models', 'limit', rule.allowed_models, 'used', null, 'remaining', null,
      'window_seconds', null, 'resets_at', null);
  end if;
  if rule.monthly_budget_usd is not null then
    select * into money from recto.spending s where s.account_id = account and s.month = recto.month_of(now());
    answer := answer || jsonb_build_object('name', 'budget', 'limit', rule.monthly_budget_usd::text,
      'used', coalesce(money.spent_usd, 0)::text,
      -- What open calls have reserved is not available to others.
      'remaining', greatest(0, rule.monthly_budget_usd - coalesce(money.spent_usd + money.reserved_usd, 0))::text,
      'window_seconds', null,
      'resets_at', recto.iso_utc((recto.month_of(now()) + interval '1 month') at time zone 'UTC'));
  end if;
  -- Connection checks count for the person, whichever account is asked for.
  select answer || coalesce(jsonb_agg(jsonb_build_object('name', l.name, 'limit', l.max_count, 'used', u.used,
      'remaining', greatest(0, l.max_count - u.used), 'window_seconds', l.window_seconds, 'resets_at', recto.iso_utc(u.frees))), '[]')
    into answer
    from recto.limits l, lateral (
      select count(*) as used, min(a.admitted_at) + make_interval(secs => l.window_seconds) as frees from recto.admissions a
      where a.account_id = caller and a.limit_name = l.name and a.admitted_at > now() - make_interval(secs => l.window_seconds)
    ) u;
  return jsonb_build_object('plan', rule.name, 'data', answer);
end
$$;
comment on function recto.account_limits is
  'The limits of an account of the caller: {plan, data: [{name, limit, used, remaining, window_seconds, resets_at}]}. Null for an account of others.';
revoke all on function recto.account_limits(uuid) from public;
grant execute on function recto.account_limits(uuid) to authenticated;

-- A frontend that offers models has to know what the account's plan includes before a submission is denied.
create function recto.account_models(account uuid) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
  residency text;
begin
  if recto.can_use_account(account, (select auth.uid())) is not true then
    return null;
  end if;
  rule := recto.effective_plan(account);
  select s.data_residency into residency from recto.account_settings s where s.account_id = account;
  return jsonb_build_object('data_residency', coalesce(residency, 'any'), 'allowed_models', rule.allowed_models);
end
$$;
comment on function recto.account_models is
  'Where the texts of an account of the caller may go, and the names that its requests may have (null: all): {data_residency, allowed_models}. Null for an account of others.';
revoke all on function recto.account_models(uuid) from public;
grant execute on function recto.account_models(uuid) to authenticated;

-- What a worker has to know of an account when it claims a generation.
create function recto.account_policy(account uuid) returns jsonb
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
  return jsonb_build_object('data_residency', coalesce(setting.data_residency, 'any'), 'scrub', coalesce(setting.scrub, false),
    'allowed_models', rule.allowed_models, 'over_budget', rule.over_budget,
    'throttled', coalesce(spent > 0.9 * rule.monthly_budget_usd, false));
end
$$;
revoke all on function recto.account_policy(uuid) from public;
grant execute on function recto.account_policy(uuid) to recto_worker;
