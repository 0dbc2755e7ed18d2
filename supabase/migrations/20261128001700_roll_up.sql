-- Keeps the usage of past days right: changes mark a day, deletions are archived, and a worker rolls the days up.

-- Marks a past day of an account as stale. One row per transaction and day is enough, and bulk changes come in runs of
-- the same day.
create function recto.mark_usage_stale(at timestamptz, account uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  day date := (at at time zone 'UTC')::date;
  mark text := day::text || account::text;
begin
  if day < (clock_timestamp() at time zone 'UTC')::date and current_setting('recto.usage_marked', true) is distinct from mark then
    insert into recto.usage_stale_days (day, account_id) values (day, account);
    perform set_config('recto.usage_marked', mark, true);
  end if;
end
$$;

create function recto.mark_generation_usage_stale() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage_stale(old.created_at, old.account_id);
  end if;
  perform recto.mark_usage_stale(new.created_at, new.account_id);
  return null;
end
$$;

create function recto.mark_call_usage_stale() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    perform recto.mark_usage_stale(old.started_at, old.account_id);
  end if;
  perform recto.mark_usage_stale(new.started_at, new.account_id);
  return null;
end
$$;

create function recto.mark_outcome_usage_stale() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.mark_usage_stale(g.created_at, g.account_id) from public.ai_generations g where g.id = new.generation_id;
  return null;
end
$$;

-- The triggers fire always, and so also for what a restore or a bulk load writes with the other triggers off. A change
-- of today costs one comparison.
create trigger usage_stale_on_insert after insert on public.ai_generations for each row
  when ((new.created_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation_usage_stale();
create trigger usage_stale_on_update after update of status, ai_metadata, model, kind, prompt_version, options, created_at, account_id, user_id on public.ai_generations
  for each row
  when ((least(old.created_at, new.created_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_generation_usage_stale();
create trigger usage_stale_on_insert after insert on public.ai_calls for each row
  when ((new.started_at at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call_usage_stale();
create trigger usage_stale_on_update after update of outcome, tokens_input, tokens_output, cost_usd, latency_ms, model, kind, started_at, account_id, user_id
  on public.ai_calls for each row
  when ((least(old.started_at, new.started_at) at time zone 'UTC')::date < (clock_timestamp() at time zone 'UTC')::date)
  execute function recto.mark_call_usage_stale();
create trigger usage_stale_on_update after update of status, edited, reject_reason, flags on public.ai_suggestions for each row
  when ((old.status, old.edited, old.reject_reason, old.flags) is distinct from (new.status, new.edited, new.reject_reason, new.flags))
  execute function recto.mark_outcome_usage_stale();
create trigger usage_stale_on_update after update of status, reject_reason, flags on public.ai_findings for each row
  when ((old.status, old.reject_reason, old.flags) is distinct from (new.status, new.reject_reason, new.flags))
  execute function recto.mark_outcome_usage_stale();
alter table public.ai_generations enable always trigger usage_stale_on_insert, enable always trigger usage_stale_on_update;
alter table public.ai_calls enable always trigger usage_stale_on_insert, enable always trigger usage_stale_on_update;
alter table public.ai_suggestions enable always trigger usage_stale_on_update;
alter table public.ai_findings enable always trigger usage_stale_on_update;

-- Archives what a generation with its suggestions or findings adds to its day, when the generation is deleted.
create function recto.archive_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_deleted (day, account_id, user_id, model, kind, generations, succeeded, failed, cancelled, cached,
      suggestions, accepted, rejected, edited, saved_usd, waits)
    select g.day, g.account_id, g.user_id, g.model, g.kind, 1, g.succeeded, g.failed, g.cancelled, g.cached,
      g.suggestions, g.accepted, g.rejected, g.edited, g.saved_usd, array_remove(array[g.wait], null)
    from recto.generation_usage g where g.id = old.id;
  insert into recto.acceptance_deleted
    select o.day, o.account_id, o.user_id, o.kind, o.prompt_version, o.model, o.language, o.flags, o.status, o.edited, o.reject_reason,
      count(*)
    from recto.outcomes o where o.generation_id = old.id group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  return old;
end
$$;
-- The trigger runs before the deletion, while the suggestions, findings and calls of the generation are still there.
create trigger archive_usage before delete on public.ai_generations for each row execute function recto.archive_generation();

-- Archives what calls add to their days, when the calls are deleted.
create function recto.archive_calls() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into recto.usage_deleted (day, account_id, user_id, model, kind, calls, tokens_input, tokens_output, cost_usd, latencies)
    select (c.started_at at time zone 'UTC')::date, c.account_id, c.user_id, c.model, c.kind, count(*), coalesce(sum(c.tokens_input), 0),
      coalesce(sum(c.tokens_output), 0), coalesce(sum(c.cost_usd), 0), coalesce(array_agg(c.latency_ms) filter (where c.latency_ms is not null), '{}')
    from gone c group by 1, 2, 3, 4, 5;
  return null;
end
$$;
create trigger archive_usage after delete on public.ai_calls referencing old table as gone for each statement execute function recto.archive_calls();

-- Records, for a generation that was served from the cache, what its cards cost when they were made.
create function recto.record_savings() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  new.saved_usd := (select coalesce(sum(c.cost_usd), 0) from public.ai_calls c where c.generation_id = (new.ai_metadata ->> 'cached_from')::uuid);
  return new;
end
$$;
create trigger record_savings before update of status on public.ai_generations for each row
  when (new.status = 'succeeded' and old.status <> 'succeeded' and new.ai_metadata ? 'cached_from')
  execute function recto.record_savings();

-- One step: the next day that is over, or else one past day that has changed. True means that it did something, and
-- there may be more.
create function recto.roll_up_usage() returns boolean
  language plpgsql security definer set search_path = ''
as $$
declare
  next_day date;
  changed date;
  accounts uuid[];
  account uuid;
begin
  if not recto.try_lock_roll_up() then
    return false;
  end if;
  -- After the clock was set back, days that are not over yet are counted live again.
  update recto.usage_state s set rolled_through = (now() at time zone 'UTC')::date - 1
    where s.rolled_through >= (now() at time zone 'UTC')::date;
  select s.rolled_through + 1 into strict next_day from recto.usage_state s;
  -- Transactions that began before midnight have ended a quarter of an hour later. Every later change marks the day as
  -- stale.
  if clock_timestamp() > (next_day + 1)::timestamp at time zone 'UTC' + interval '15 minutes' then
    changed := next_day;
    update recto.usage_state set rolled_through = next_day;
  else
    select d.day into changed from recto.usage_stale_days d where d.day < next_day order by d.id limit 1;
    if changed is null then
      return false;
    end if;
    accounts := array(select distinct d.account_id from recto.usage_stale_days d where d.day = changed limit 100);
  end if;
  -- Marks are deleted first: a change that commits after this statement has a mark of its own for a later step.
  if cardinality(accounts) < 100 then
    delete from recto.usage_stale_days d where d.day = changed and d.account_id = any (accounts);
    foreach account in array accounts loop
      delete from recto.usage_daily d where d.day = changed and d.account_id = account;
      insert into recto.usage_daily select * from recto.count_usage(changed, changed, account);
      delete from recto.acceptance_daily d where d.day = changed and d.account_id = account;
      insert into recto.acceptance_daily select * from recto.count_acceptance(changed, changed, account);
    end loop;
  else
    delete from recto.usage_stale_days d where d.day = changed;
    delete from recto.usage_daily d where d.day = changed;
    insert into recto.usage_daily select * from recto.count_usage(changed, changed, null);
    delete from recto.acceptance_daily d where d.day = changed;
    insert into recto.acceptance_daily select * from recto.count_acceptance(changed, changed, null);
  end if;
  return true;
end
$$;
comment on function recto.roll_up_usage is 'Called by the worker''s maintenance, of which one at a time does this.';

revoke all on function recto.mark_usage_stale(timestamptz, uuid), recto.mark_generation_usage_stale(), recto.mark_call_usage_stale(), recto.mark_outcome_usage_stale(),
  recto.archive_generation(), recto.archive_calls(), recto.record_savings(), recto.roll_up_usage() from public;
grant execute on function recto.roll_up_usage() to recto_worker;
