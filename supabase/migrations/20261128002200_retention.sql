-- Deletes what is old enough, and finishes erasures that had to wait.

-- Drops the input of generations that finished longer ago than the deployment or their account keeps texts, and the
-- output that was made of it, in a batch, also where the cache has it. Suggestions and findings stay. Returns how many.
-- A digest is left of an input that came with an idempotency key.
create function recto.drop_texts(kept_days integer, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  with due as materialized (
    (select g.id from public.ai_generations g
      where (g.source_text is not null or g.input is not null) and g.finished_at is not null
        and g.finished_at < now() - make_interval(days => kept_days)
      order by g.finished_at limit most)
    union
    select g.id from recto.account_settings a cross join lateral (
      select o.id from public.ai_generations o
      where o.account_id = a.account_id and (o.source_text is not null or o.input is not null) and o.finished_at is not null
        and o.finished_at < now() - make_interval(days => a.text_days)
      order by o.finished_at limit most
    ) g where a.text_days < coalesce(kept_days, a.text_days + 1)
    limit most
  ), locked as (
    select g.id from public.ai_generations g where g.id in (select d.id from due d) for update skip locked
  ), cached as (
    delete from recto.result_cache c using public.ai_generations g
      where c.generation_id = g.id and g.id in (select l.id from locked l) and g.input is not null
  )
  update public.ai_generations g
    set source_text = null, input = null, output = null,
      text_digest = case when g.idempotency_key is not null then recto.text_digest(g.id, g.source_text, g.input) end
    from locked l where g.id = l.id and (g.source_text is not null or g.input is not null);
  get diagnostics done = row_count;
  return done;
end
$$;

-- Drops a batch of generations that finished longer ago than the deployment keeps them, with their suggestions, findings and
-- cache entries. A generation stays while the cost of one of its calls is not settled. Returns how many.
create function recto.drop_generations(kept_days integer, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  since constant timestamptz := now() - make_interval(days => kept_days);
  chosen uuid[];
  done integer;
begin
  -- A generation was created before it finished, and the time of creation is what an index finds.
  chosen := array(
    select g.id from public.ai_generations g
    where g.created_at < since and g.finished_at < since
      and not exists (select from public.ai_calls c where c.generation_id = g.id and c.settle_after is not null)
    limit most for update skip locked
  );
  perform recto.lock_generations(chosen);
  delete from public.ai_generations g where g.id = any (chosen);
  get diagnostics done = row_count;
  return done;
end
$$;

-- Drops a batch of calls that started longer ago than the deployment keeps calls. Returns how many.
create function recto.drop_calls(kept_days integer, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  delete from public.ai_calls c using (
    select o.id from public.ai_calls o
    where o.started_at < now() - make_interval(days => kept_days) and o.settle_after is null
      and not exists (select from public.ai_generations g where g.id = o.generation_id and g.finished_at is null)
    limit most for update of o skip locked
  ) old where c.id = old.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- Drops a batch of deliveries whose event is longer ago than the deployment keeps them, with their attempts, and the secrets
-- that sign no more. Returns how many deliveries.
create function recto.drop_deliveries(kept_days integer, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  delete from recto.webhook_secrets s where s.expires_at < now();
  delete from public.webhook_deliveries d using (
    select o.id from public.webhook_deliveries o where o.created_at < now() - make_interval(days => kept_days)
    limit most for update skip locked
  ) old where d.id = old.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- Drops a batch of the oldest rows of the audit log, as far as they are older than the deployment keeps them. Ids are in the
-- order of time, but for transactions at the same moment. Returns how many.
create function recto.drop_changes(kept_days integer, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  delete from recto.audit_log l using (select o.id, o.at from recto.audit_log o order by o.id limit most) old
    where l.id = old.id and old.at < now() - make_interval(days => kept_days);
  get diagnostics done = row_count;
  return done;
end
$$;

-- Continues one erasure that had to wait, and ends it when nothing of it is left. Returns 0 when there is none of which
-- something can be erased now, or when somebody else is at work on those. Only one, because its locks are held until the
-- end of the transaction: two people's would be in no order.
create function recto.continue_one_erasure(most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  erasure recto.erasures;
  batch integer;
begin
  for erasure in
    select e.* from recto.erasures e
    where exists (select from public.ai_generations g where g.user_id = e.person and least(g.created_at, g.written_at) <= e.asked_at)
      or exists (select from public.cards c where c.user_id = e.person and c.created_at <= e.asked_at)
      or exists (select from public.webhook_deliveries d where (d.user_id = e.person or d.account_id = e.person) and d.created_at <= e.asked_at)
      or exists (
        select from public.ai_calls c where c.user_id = e.person and c.settle_after is null
          and (c.started_at <= e.asked_at or (c.generation_id is null and c.purpose = 'generation'))
      )
      or e.asked_at < now() - interval '1 minute'
        and not exists (select from public.ai_calls c where c.user_id = e.person and c.started_at <= e.asked_at)
        and not exists (
          select from recto.spending s where s.account_id = e.person and s.month <= recto.month_of(e.asked_at)
            and (s.month = recto.month_of(now()) or s.reserved_usd <> 0)
        )
        and not exists (
          select from public.budget_alerts b
          where b.account_id = e.person and b.month <= recto.month_of(e.asked_at) and b.month = recto.month_of(now())
        )
  loop
    continue when not recto.try_lock_erasure(erasure.person);
    select count(*) into batch from recto.erase_generations(erasure.person, erasure.asked_at, most);
    batch := batch + recto.erase_cards(erasure.person, erasure.asked_at, most);
    batch := batch + recto.erase_deliveries(erasure.person, erasure.asked_at, most);
    batch := batch + recto.anonymise_calls(erasure.person, erasure.asked_at, most);
    perform recto.anonymise_sums(erasure.person, erasure.asked_at);
    -- Until then recto.hold_off_erasure may need the row: no transaction of a person lasts that long.
    if erasure.asked_at < now() - interval '1 minute'
      and not exists (select from public.ai_generations g where g.user_id = erasure.person and least(g.created_at, g.written_at) <= erasure.asked_at)
      and not exists (select from public.cards c where c.user_id = erasure.person and c.created_at <= erasure.asked_at)
      and not exists (select from public.webhook_deliveries d
        where (d.user_id = erasure.person or d.account_id = erasure.person) and d.created_at <= erasure.asked_at)
      and not exists (select from public.ai_calls c where c.user_id = erasure.person and c.started_at <= erasure.asked_at)
      and not exists (select from recto.spending s where s.account_id = erasure.person and s.month <= recto.month_of(erasure.asked_at))
      and not exists (select from public.budget_alerts b where b.account_id = erasure.person and b.month <= recto.month_of(erasure.asked_at))
      and not (erasure.deleted and recto.has_bare_user(erasure.person)) then
      delete from recto.erasures e where e.person = erasure.person and e.asked_at = erasure.asked_at;
    end if;
    return greatest(batch, 1);
  end loop;
  return 0;
end
$$;

-- Works in batches, by one worker at a time. The answer says how many rows of each there were: fewer texts,
-- generations, calls, deliveries or changes than asked for means all of them, and erased is 0 when no erasure can go
-- on. An erasure holds calls, and generations are locked before calls, so generations are dropped in a transaction
-- without an erasure. Texts and calls come last, because they wait for no lock and so may be locked in any order.
create function recto.apply_retention(most integer) returns table (texts integer, generations integer, calls integer, deliveries integer, changes integer, erased integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  setting recto.settings;
begin
  texts := 0;
  generations := 0;
  calls := 0;
  deliveries := 0;
  changes := 0;
  erased := 0;
  if recto.try_lock_retention() then
    erased := recto.forget_one_person();
    if erased = 0 then
      erased := recto.continue_one_erasure(most);
    end if;
    select * into setting from recto.settings;
    if setting.generations_days is not null and erased = 0 then
      generations := recto.drop_generations(setting.generations_days, most);
    end if;
    if setting.text_days is not null or exists (select from recto.account_settings a where a.text_days is not null) then
      texts := recto.drop_texts(setting.text_days, most);
    end if;
    if setting.calls_days is not null then
      calls := recto.drop_calls(setting.calls_days, most);
    end if;
    deliveries := recto.drop_deliveries(setting.webhook_days, most);
    if setting.audit_days is not null then
      changes := recto.drop_changes(setting.audit_days, most);
    end if;
  end if;
  return next;
end
$$;
comment on function recto.apply_retention is
  'Drops texts, generations, calls, deliveries and rows of the audit log whose time is over, and continues one erasure that had to wait.';

-- No window of any plan or override is longer than 30 days. When the last admission of an account is gone its numbers
-- begin anew, which is right because no window holds the numbers before.
create function recto.prune_expired() returns bigint
  language sql security definer set search_path = ''
as $$
  with gone as (
    delete from recto.admissions a where a.admitted_at <= now() - interval '30 days'
    returning 1
  ), checks as (
    delete from recto.connection_checks c using recto.settings s
    where c.created_at <= now() - greatest(interval '10 minutes', make_interval(secs => s.connection_check_window_seconds))
  ), dry_runs as (
    delete from recto.dry_runs d using recto.settings s
    where d.began_at <= now() - make_interval(secs => s.dry_run_window_seconds)
  ), cached as (
    delete from recto.result_cache where expires_at <= now()
  )
  select count(*) from gone
$$;
comment on function recto.prune_expired is
  'Deletes admissions, cache entries, connection checks and counts of dry runs that nothing uses any more. Returns how many admissions.';

revoke all on function recto.drop_texts(integer, integer), recto.drop_generations(integer, integer), recto.drop_calls(integer, integer),
  recto.drop_deliveries(integer, integer), recto.drop_changes(integer, integer),
  recto.continue_one_erasure(integer), recto.apply_retention(integer), recto.prune_expired() from public;
grant execute on function recto.apply_retention(integer), recto.prune_expired() to recto_worker;
