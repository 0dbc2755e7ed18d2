-- What people read now that there are teams and places to wait for.

-- As the API writes times, inside of JSON too.
create function recto.utc(at timestamptz) returns text
  language sql stable set search_path = ''
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
revoke all on function recto.utc(timestamptz) from public;

-- How many of the account's waiting generations come before one, itself counted: people take turns, the k-th of each before
-- the k+1-th of any. Null for what does not wait, or is of an account that is not the caller's.
create function recto.waiting_of(generation uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  with mine as (
    select g.id, g.account_id from public.ai_generations g
    where g.id = generation and g.waiting and g.finished_at is null and recto.may_use(g.account_id, (select auth.uid()))
  ), turns as (
    select o.id, row_number() over (order by o.turn, o.created_at, o.id) as place
    from (
      select w.id, w.created_at, row_number() over (partition by w.user_id order by w.created_at, w.id) as turn
      from public.ai_generations w, mine
      where w.account_id = mine.account_id and w.waiting and w.finished_at is null
    ) o
  )
  select jsonb_build_object('place', turns.place, 'estimated_start_at', recto.utc(
    now() + make_interval(secs => pulse.run_seconds::float8
      * coalesce(ceil(turns.place::numeric / (recto.plan_of(mine.account_id)).concurrent), 0)::float8)))
  from mine join turns using (id), recto.pulse
$$;
comment on function recto.waiting_of is 'Where a waiting generation stands: {place, estimated_start_at}, by how long runs take of late.';
revoke all on function recto.waiting_of(uuid) from public;
grant execute on function recto.waiting_of(uuid) to authenticated;

-- reader: by whom an answer finds its caller, since a generation of a sharing team has several. Only what waits is asked for its place.
create or replace view recto.generations with (security_invoker = true) as
  select g.user_id, g.id, g.status, g.model, g.prompt_version, g.options, g.attempts,
    (select count(*)::integer from public.ai_suggestions s where s.generation_id = g.id) as suggestions_count,
    g.tokens_input, g.tokens_output, g.cost_usd,
    case when g.waiting and g.finished_at is null
      then g.ai_metadata || jsonb_build_object('waiting', recto.waiting_of(g.id)) else g.ai_metadata end as ai_metadata,
    g.error, g.created_at, g.started_at, g.finished_at, g.updated_at,
    g.account_id, (select auth.uid()) as reader
  from public.ai_generations g;

comment on function recto.read_generations is 'What each caller sees of a generation, for those of them who see it. The rows carry their reader, by which an answer finds its caller.';

-- Every limit of an account: numbers, of the budget USD as text. What is not listed is not limited.
create function recto.limits_of(account uuid) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
  rule public.plans;
  live integer;
  money recto.spending;
  answer jsonb;
begin
  if not recto.may_use(account, caller) then
    return null;
  end if;
  rule := recto.plan_of(account);
  select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'used', s.used, 'remaining', greatest(0, s.most - s.used),
      'window_seconds', s.seconds, 'resets_at', case when s.used > 0 then recto.utc(s.frees) end)), '[]')
    into answer from recto.standing(account, rule, now()) s;
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
      -- What calls under way have reserved is not there for others.
      'remaining', greatest(0, rule.monthly_budget_usd - coalesce(money.spent_usd + money.reserved_usd, 0))::text,
      'window_seconds', null,
      'resets_at', recto.utc((recto.month_of(now()) + interval '1 month') at time zone 'UTC'));
  end if;
  -- Tests count for the person, whatever account is looked at.
  select answer || coalesce(jsonb_agg(jsonb_build_object('name', l.name, 'limit', l.max_count, 'used', u.used,
      'remaining', greatest(0, l.max_count - u.used), 'window_seconds', l.window_seconds, 'resets_at', recto.utc(u.frees))), '[]')
    into answer
    from recto.limits l, lateral (
      select count(*) as used, min(a.admitted_at) + make_interval(secs => l.window_seconds) as frees from recto.admissions a
      where a.account_id = caller and a.limit_name = l.name and a.admitted_at > now() - make_interval(secs => l.window_seconds)
    ) u;
  return jsonb_build_object('plan', rule.name, 'data', answer);
end
$$;
comment on function recto.limits_of is 'How an account of the caller stands: {plan, data: [{name, limit, used, remaining, window_seconds, resets_at}]}; null for others.';
revoke all on function recto.limits_of(uuid) from public;
grant execute on function recto.limits_of(uuid) to authenticated;
