-- What a review of limits and money found.

-- An override passes the checks that a plan does: it is tried as one, which nobody sees.
create or replace function recto.check_override() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from jsonb_object_keys(new.changes) key where not key = any (
    select attname from pg_attribute where attrelid = 'public.plans'::regclass and attnum > 0 and not attisdropped
  )) then
    raise exception 'an override changes what is no column of plans: %', new.changes using errcode = 'check_violation';
  end if;
  begin
    insert into public.plans
      select (jsonb_populate_record(p, new.changes || jsonb_build_object('name', 'o' || replace(gen_random_uuid()::text, '-', '')))).*
      from public.plans p where p.name = 'free';
    raise exception using errcode = 'RCT00';
  exception when sqlstate 'RCT00' then
    return new;
  end;
end
$$;

-- Those that no plan could be held nobody to anything. The trail keeps them.
do $$
declare
  override record;
begin
  for override in select o.id from recto.account_overrides o where o.expires_at > now() loop
    begin
      update recto.account_overrides o set changes = o.changes where o.id = override.id;
    exception when integrity_constraint_violation or data_exception then
      raise warning 'the override % changed what no plan may have, and is gone', override.id;
      delete from recto.account_overrides o where o.id = override.id;
    end;
  end loop;
end
$$;

-- Accounts without a row have this plan.
create function recto.keep_free_plan() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'the plan free is that of new accounts: it keeps its name and stays' using errcode = 'restrict_violation';
end
$$;
revoke all on function recto.keep_free_plan() from public;
create trigger keep_free_plan before delete on public.plans
  for each row when (old.name = 'free') execute function recto.keep_free_plan();
create trigger keep_free_plan_name before update of name on public.plans
  for each row when (old.name = 'free' and new.name <> 'free') execute function recto.keep_free_plan();

create or replace function recto.promote(account uuid) returns table (id uuid, in_flight integer, priority integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule public.plans;
  free integer;
  chosen uuid;
  person uuid;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(account::text, 429));
  rule := recto.plan_of(account);
  select coalesce(rule.concurrent, 1000000) - count(*) into free from public.ai_generations g
    where g.account_id = account and g.finished_at is null and not g.waiting;
  -- A pass lets through so many at most: the next one follows when these are over, or with the next sweep.
  for turn in 1 .. least(free, 200) loop
    -- A person's last turn is looked for in all their accounts: within one it would be looked for in all of a team's history.
    select g.id, g.user_id into chosen, person from public.ai_generations g
      where g.account_id = account and g.waiting and g.finished_at is null and g.user_id = (
        select w.user_id from (
          select o.user_id, min(o.created_at) as since from public.ai_generations o
          where o.account_id = account and o.waiting and o.finished_at is null group by o.user_id
        ) w
        order by (
          select count(*) from public.ai_generations l
          where l.account_id = account and l.user_id = w.user_id and l.finished_at is null and not l.waiting
        ), (
          select coalesce(l.started_at, now()) from public.ai_generations l
          where l.user_id = w.user_id and not l.waiting order by l.created_at desc limit 1
        ) nulls first, w.since limit 1
      )
      order by g.created_at, g.id limit 1 for update skip locked;
    exit when chosen is null;
    update public.ai_generations g set waiting = false where g.id = chosen;
    -- As at submission: what the person has under way anywhere.
    return query select chosen, (
      select count(*)::integer - 1 from public.ai_generations l where l.user_id = person and l.finished_at is null and not l.waiting
    ), rule.priority;
  end loop;
end
$$;

-- Nothing is older than the longest window, and with the last one gone the numbers begin anew: no window holds what they went on from.
create or replace function recto.prune_admissions() returns bigint
  language sql security definer set search_path = ''
as $$
  with gone as (
    delete from recto.admissions a using (
      select l.name, l.window_seconds from recto.limits l
      -- The longest window of any plan, or of an override.
      union all select 'generations', 2592000
    ) w
    where w.name = a.limit_name and a.admitted_at <= now() - make_interval(secs => w.window_seconds)
    returning 1
  ), tests as (
    delete from recto.connection_tests where created_at <= now() - interval '10 minutes'
  ), cached as (
    delete from recto.cards_cache where expires_at <= now()
  )
  select count(*) from gone
$$;

create or replace function recto.roll_up_usage() returns boolean
  language plpgsql security definer set search_path = ''
as $$
declare
  next_day date;
  changed date;
  accounts uuid[];
  account uuid;
begin
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('recto.usage', 0)) then
    return false;
  end if;
  -- A clock that was set back has not had the days yet that it rolled up.
  update recto.usage_state s set rolled_through = (now() at time zone 'UTC')::date - 1
    where s.rolled_through >= (now() at time zone 'UTC')::date;
  select s.rolled_through + 1 into strict next_day from recto.usage_state s;
  -- A transaction that began before midnight has ended a quarter of an hour later: from then on changes leave marks.
  if clock_timestamp() > (next_day + 1)::timestamp at time zone 'UTC' + interval '15 minutes' then
    changed := next_day;
    update recto.usage_state set rolled_through = next_day;
  else
    select d.day into changed from recto.usage_dirty d where d.day < next_day order by d.id limit 1;
    if changed is null then
      return false;
    end if;
    accounts := array(select distinct d.account_id from recto.usage_dirty d where d.day = changed limit 100);
  end if;
  -- Marks first: what commits after this statement has a mark of its own for a later step.
  if cardinality(accounts) < 100 then
    delete from recto.usage_dirty d where d.day = changed and d.account_id = any (accounts);
    foreach account in array accounts loop
      delete from recto.usage_daily d where d.day = changed and d.account_id = account;
      insert into recto.usage_daily select * from recto.count_usage(changed, changed, account);
    end loop;
  else
    delete from recto.usage_dirty d where d.day = changed;
    delete from recto.usage_daily d where d.day = changed;
    insert into recto.usage_daily select * from recto.count_usage(changed, changed, null);
  end if;
  return true;
end
$$;

create or replace function recto.usage_rows(account uuid, from_day date, to_day date) returns setof recto.usage_daily
  language plpgsql stable security definer set search_path = ''
as $$
declare
  -- No day is over before it has ended, whatever a clock once said.
  through date := (select least(s.rolled_through, (now() at time zone 'UTC')::date - 1) from recto.usage_state s);
  last date := least(to_day, (now() at time zone 'UTC')::date);
  changed date[] := array(
    select distinct d.day from recto.usage_dirty d where d.account_id = account and d.day between from_day and least(last, through)
  );
  each date;
begin
  return query select * from recto.usage_daily d
    where d.account_id = account and d.day between from_day and least(last, through) and d.day <> all (changed);
  foreach each in array changed loop
    return query select * from recto.count_usage(each, each, account);
  end loop;
  if last > through then
    return query select * from recto.count_usage(greatest(from_day, through + 1), last, account);
  end if;
end
$$;

create or replace function recto.retain(most integer) returns table (texts integer, calls integer, erased integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  setting recto.settings;
  erasure recto.erasures;
  batch integer;
begin
  texts := 0;
  calls := 0;
  erased := 0;
  if not pg_try_advisory_xact_lock(hashtextextended('recto.retain', 0)) then
    return next;
    return;
  end if;
  select * into setting from recto.settings;

  if setting.text_days is not null or exists (select from recto.account_settings a where a.text_days is not null) then
    with due as materialized (
      (select g.id from public.ai_generations g
        where g.source_text is not null and g.finished_at is not null and g.finished_at < now() - make_interval(days => setting.text_days)
        order by g.finished_at limit most)
      union
      select g.id from recto.account_settings a cross join lateral (
        select o.id from public.ai_generations o
        where o.account_id = a.account_id and o.source_text is not null and o.finished_at is not null
          and o.finished_at < now() - make_interval(days => a.text_days)
        order by o.finished_at limit most
      ) g where a.text_days < coalesce(setting.text_days, a.text_days + 1)
      limit most
    ), locked as (
      select g.id from public.ai_generations g where g.id in (select d.id from due d) for update skip locked
    )
    update public.ai_generations g
      set source_text = null, text_digest = case when g.idempotency_key is not null then recto.text_digest(g.id, g.source_text) end
      from locked l where g.id = l.id and g.source_text is not null;
    get diagnostics texts = row_count;
  end if;

  if setting.calls_days is not null then
    delete from public.ai_calls c using (
      select o.id from public.ai_calls o
      where o.started_at < now() - make_interval(days => setting.calls_days) and o.settle_after is null
        and not exists (select from public.ai_generations g where g.id = o.generation_id and g.finished_at is null)
      limit most for update of o skip locked
    ) old where c.id = old.id;
    get diagnostics calls = row_count;
  end if;

  -- Some of them, since each is locked for as long as this takes: those of whom there is something left before those who only wait
  -- for the month to end.
  for erasure in
    select e.* from recto.erasures e
    order by not exists (select from public.ai_generations g where g.user_id = e.person and g.created_at <= e.asked_at)
      and not exists (select from public.ai_calls c where c.user_id = e.person and c.started_at <= e.asked_at), random()
    limit 100
  loop
    select count(*) into batch from recto.erase_texts(erasure.person, erasure.asked_at, most);
    perform recto.forget_sums(erasure.person, erasure.asked_at);
    batch := batch + recto.forget_calls(erasure.person, erasure.asked_at, most);
    if batch = 0 and not exists (select from public.ai_calls c where c.user_id = erasure.person and c.started_at <= erasure.asked_at)
      and not exists (select from recto.spending s where s.account_id = erasure.person and s.month <= recto.month_of(erasure.asked_at)) then
      delete from recto.erasures e where e.person = erasure.person and e.asked_at = erasure.asked_at;
    end if;
    erased := greatest(erased, batch);
  end loop;
  return next;
end
$$;
