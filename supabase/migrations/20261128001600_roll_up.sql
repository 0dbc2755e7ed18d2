-- Keeps the usage of past days right: changes mark a day, deletions are archived, and a worker rolls the days up.

-- Notes that a past day has changed. One row per transaction and day is enough, and bulk changes come in runs of the same day.
create function recto.mark_usage(at timestamptz, account uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  day date := (at at time zone 'UTC')::date;
  mark text := day::text || account::text;
begin
  if day < (clock_timestamp() at time zone 'UTC')::date and current_setting('recto.usage_marked', true) is distinct from mark then
    insert into recto.usage_dirty (day, account_id) values (day, account);
    perform set_config('recto.usage_marked', mark, true);
  end if;
end
$$;

create function recto.mark_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage(old.created_at, old.account_id);
  end if;
  perform recto.mark_usage(new.created_at, new.account_id);
  return null;
end
$$;

create function recto.mark_call() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage(old.started_at, old.account_id);
  end if;
  perform recto.mark_usage(new.started_at, new.account_id);
  return null;
end
$$;

create function recto.mark_suggestion() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.mark_usage(g.created_at, g.account_id) from public.ai_generations g where g.id = new.generation_id;
  return null;
end
$$;

-- The triggers fire always, and so also for what a restore or a bulk load writes with the other triggers off. A change of today costs
-- one comparison.
create trigger mark_new_usage after insert on public.ai_generations for each row
  when ((new.created_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation();
create trigger mark_usage after update of status, ai_metadata, model, created_at, account_id, user_id on public.ai_generations for each row
  when ((least(old.created_at, new.created_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation();
create trigger mark_new_usage after insert on public.ai_calls for each row
  when ((new.started_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call();
create trigger mark_usage after update of outcome, tokens_input, tokens_output, cost_usd, latency_ms, model, started_at, account_id, user_id
  on public.ai_calls for each row
  when ((least(old.started_at, new.started_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call();
create trigger mark_usage after update of status, edited on public.ai_suggestions for each row
  when ((old.status, old.edited) is distinct from (new.status, new.edited))
  execute function recto.mark_suggestion();
alter table public.ai_generations enable always trigger mark_new_usage, enable always trigger mark_usage;
alter table public.ai_calls enable always trigger mark_new_usage, enable always trigger mark_usage;
alter table public.ai_suggestions enable always trigger mark_usage;

create function recto.keep_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_kept (day, account_id, user_id, model, generations, succeeded, failed, cancelled, cached,
      suggestions, accepted, rejected, edited, saved_usd, waits)
    select g.day, g.account_id, g.user_id, g.model, 1, g.succeeded, g.failed, g.cancelled, g.cached,
      g.suggestions, g.accepted, g.rejected, g.edited, g.saved_usd, array_remove(array[g.wait], null)
    from recto.generation_usage g where g.id = old.id;
  return old;
end
$$;
-- The trigger runs before the deletion, while the suggestions and calls of the generation are still there.
create trigger keep_usage before delete on public.ai_generations for each row execute function recto.keep_generation();

create function recto.keep_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_kept (day, account_id, user_id, model, calls, tokens_input, tokens_output, cost_usd, latencies)
    select (c.started_at at time zone 'UTC')::date, c.account_id, c.user_id, c.model, count(*), coalesce(sum(c.tokens_input), 0),
      coalesce(sum(c.tokens_output), 0), coalesce(sum(c.cost_usd), 0), coalesce(array_agg(c.latency_ms) filter (where c.latency_ms is not null), '{}')
    from gone c group by 1, 2, 3, 4;
  return null;
end
$$;
create trigger keep_usage after delete on public.ai_calls referencing old table as gone for each statement execute function recto.keep_calls();

create function recto.note_savings() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  new.saved_usd := (select coalesce(sum(c.cost_usd), 0) from public.ai_calls c where c.generation_id = (new.ai_metadata ->> 'cached_from')::uuid);
  return new;
end
$$;
create trigger note_savings before update of status on public.ai_generations for each row
  when (new.status = 'succeeded' and old.status <> 'succeeded' and new.ai_metadata ? 'cached_from')
  execute function recto.note_savings();

-- One step: the next day that is over, or else one past day that has changed. True means that it did something, and there may be more.
create function recto.roll_up_usage() returns boolean
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
comment on function recto.roll_up_usage is 'For the worker''s sweep, of which one at a time does this.';

revoke all on function recto.mark_usage(timestamptz, uuid), recto.mark_generation(), recto.mark_call(), recto.mark_suggestion(),
  recto.keep_generation(), recto.keep_calls(), recto.note_savings(), recto.roll_up_usage() from public;
grant execute on function recto.roll_up_usage() to recto_worker;
