-- Erases what a person gave, when the person asks for it. Sums stay, without the person's name.

-- A row stays until nothing personal is left: calls whose cost is not settled yet, and the spending of a month that is
-- not over, wait.
create table recto.erasures (
  person uuid primary key,
  asked_at timestamptz not null,
  deleted boolean not null default false
);
comment on table recto.erasures is
  'People who had their data erased, while some of it has to wait. Holds no text and no name.';
comment on column recto.erasures.deleted is
  'True: the person was deleted where they sign in, in another cell, so their row in auth.users goes, too.';
alter table recto.erasures enable row level security;
revoke all on recto.erasures from public, anon, authenticated, service_role;

-- Deletes a batch of the generations that a person had when they asked, with what went on in their conversations and
-- the cards that were made of them since then.
create function recto.erase_generations(who uuid, asked timestamptz, most integer) returns table (id uuid, live boolean)
  language plpgsql set search_path = ''
as $$
declare
  chosen uuid[];
begin
  perform recto.lock_erasure(who);
  chosen := array(
    select g.id from public.ai_generations g where g.user_id = who and least(g.created_at, g.written_at) <= asked
    order by g.created_at desc, g.id desc limit most
  );
  perform recto.lock_generations(chosen);
  with locked as materialized (
    select c.id from public.cards c
    where c.suggestion_id in (select s.id from public.ai_suggestions s where s.generation_id = any (chosen)) and c.user_id = who
    order by c.id for update
  )
  delete from public.cards c using locked where c.id = locked.id;
  for id, live in
    delete from public.ai_generations g where g.id = any (chosen) returning g.id, g.finished_at is null
  loop
    if live then
      perform pg_notify('recto_cancel', id::text);
    end if;
    return next;
  end loop;
end
$$;

-- Deletes a batch of the cards that a person had when they asked. Returns how many.
create function recto.erase_cards(who uuid, asked timestamptz, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  perform recto.lock_erasure(who);
  with chosen as (
    select c.id from public.cards c where c.user_id = who and c.created_at <= asked order by c.created_at desc, c.id desc limit most
  ), locked as materialized (
    select c.id from public.cards c where c.id in (select o.id from chosen o) order by c.id for update
  )
  delete from public.cards c using locked where c.id = locked.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- Deletes a batch of what webhooks were told of a person, or of their account, until they asked. Returns how many.
create function recto.erase_deliveries(who uuid, asked timestamptz, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  perform recto.lock_erasure(who);
  with chosen as (
    select d.id from public.webhook_deliveries d where (d.user_id = who or d.account_id = who) and d.created_at <= asked
    order by d.created_at, d.id limit most for update
  )
  delete from public.webhook_deliveries d using chosen where d.id = chosen.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- Takes a person's name off a batch of their calls. A call that is still to be settled waits: it is found by the id of
-- the provider's request, and settled on the account on which it was reserved.
create function recto.anonymise_calls(who uuid, asked timestamptz, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  perform recto.lock_erasure(who);
  with chosen as (
    select c.id from public.ai_calls c
    where c.user_id = who and c.settle_after is null
      and (c.started_at <= asked or (c.generation_id is null and c.purpose = 'generation'))
    limit most
  ), locked as materialized (
    select c.id from public.ai_calls c where c.id in (select o.id from chosen o) order by c.id for update
  )
  update public.ai_calls c
    set user_id = recto.erased_account(), account_id = case when c.account_id = who then recto.erased_account() else c.account_id end,
      generation_id = null, provider_request_id = null, error = null
    from locked where c.id = locked.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- Takes a person's name off their sums. What was spent in a month counts against its budget until the month is over.
create function recto.anonymise_sums(who uuid, asked timestamptz) returns void
  language plpgsql set search_path = ''
as $$
declare
  last date := (asked at time zone 'UTC')::date;
begin
  perform recto.lock_erasure(who);
  with over as (
    delete from recto.spending s
    where s.account_id = who and s.month <= recto.month_of(asked) and s.month < recto.month_of(now()) and s.reserved_usd = 0
    returning s.month, s.spent_usd
  )
  insert into recto.spending as s (account_id, month, spent_usd) select recto.erased_account(), over.month, over.spent_usd from over
    order by over.month on conflict (account_id, month) do update set spent_usd = s.spent_usd + excluded.spent_usd;
  delete from public.budget_alerts b
    where b.account_id = who and b.month <= recto.month_of(asked) and b.month < recto.month_of(now());

  update recto.usage_deleted k
    set user_id = recto.erased_account(), account_id = case when k.account_id = who then recto.erased_account() else k.account_id end
    where k.user_id = who and k.day <= last;
  update recto.acceptance_deleted k
    set user_id = recto.erased_account(), account_id = case when k.account_id = who then recto.erased_account() else k.account_id end
    where k.user_id = who and k.day <= last;
  -- A day with outcomes has usage too, whose marks are enough.
  delete from recto.acceptance_daily d where d.user_id = who and d.day <= last;
  -- The marks make the roll-up count these days again, from the rows that are left.
  with gone as (
    delete from recto.usage_daily d where d.user_id = who and d.day <= last returning d.day, d.account_id
  )
  insert into recto.usage_stale_days (day, account_id)
    select g.day, g.account_id from gone g union select g.day, recto.erased_account() from gone g where g.account_id = who;
end
$$;
revoke all on function recto.erase_generations(uuid, timestamptz, integer), recto.erase_cards(uuid, timestamptz, integer),
  recto.erase_deliveries(uuid, timestamptz, integer), recto.anonymise_calls(uuid, timestamptz, integer),
  recto.anonymise_sums(uuid, timestamptz) from public;

-- What a person has at most a few of, which is erased at once. The rows of connection checks stay until they are pruned,
-- without what was asked, because the limit counts them: erasing must not buy new checks.
create function recto.erase_few(who uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform set_config('recto.erasing', 'on', true);
  update recto.connection_checks c set model = 'erased', message = null, status = 'done', result = '{}' where c.user_id = who;
  delete from public.webhook_endpoints e where e.account_id = who;
  update public.webhook_endpoints e set created_by = null where e.created_by = who;
end
$$;

-- The person's writes that are refused by recto.hold_off_erasure from now on are those that had begun.
create function recto.mark_erasure(who uuid, deleted boolean default false) returns void
  language sql set search_path = ''
as $$
  insert into recto.erasures as e (person, asked_at, deleted) values (who, clock_timestamp(), mark_erasure.deleted)
  on conflict (person) do update
    set asked_at = greatest(e.asked_at, excluded.asked_at), deleted = e.deleted or excluded.deleted
$$;

create function recto.start_erasure(who uuid, deleted boolean) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform set_config('recto.erasing', 'on', true);
  perform recto.lock_erasure(who);
  -- An empty team stays: erasing would else give one free plan after another.
  perform recto.close_team(t.id) from recto.leave_all_teams(who) t (id);
  with locked as materialized (
    select c.id from public.ai_calls c where c.user_id = who and c.settle_after is not null and c.error is not null
    order by c.id for no key update
  )
  update public.ai_calls c set error = null from locked where c.id = locked.id;
  perform recto.erase_few(who);
  perform recto.mark_erasure(who, deleted);
end
$$;
comment on function recto.start_erasure is
  'Takes a person out of all teams and starts the erasure of all that is theirs. A team without an owner gets one, and a team without members loses its name and its webhooks.';
revoke all on function recto.erase_few(uuid), recto.mark_erasure(uuid, boolean), recto.start_erasure(uuid, boolean) from public;

create function recto.begin_erasure() returns void
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
begin
  if (select auth.uid()) is null then
    raise exception 'nobody is signed in' using errcode = 'PT401';
  end if;
  perform recto.start_erasure((select auth.uid()), false);
end
$$;
comment on function recto.begin_erasure is 'Starts the erasure of all that is the caller''s.';

-- Everything in one transaction, which holds off what the caller writes meanwhile: when the last batch is over, nothing is
-- left that was stored before it, and nothing that had begun is stored any more.
create function recto.continue_erasure(most integer, out erased uuid[], out live uuid[], out is_over boolean)
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  asked timestamptz;
begin
  perform recto.lock_erasure(caller);
  asked := clock_timestamp();
  select coalesce(array_agg(t.id), '{}'), coalesce(array_agg(t.id) filter (where t.live), '{}') into erased, live
    from recto.erase_generations(caller, asked, most) t;
  is_over := cardinality(erased) < most;
  is_over := recto.erase_cards(caller, asked, 5 * most) < 5 * most and is_over;
  is_over := recto.anonymise_calls(caller, asked, 5 * most) < 5 * most and is_over;
  perform recto.anonymise_sums(caller, asked);
  perform recto.erase_few(caller);
  is_over := recto.erase_deliveries(caller, asked, 5 * most) < 5 * most and is_over;
  -- Teams are locked before all of this, so those that were joined meanwhile are left at the next begin_erasure.
  is_over := is_over and not exists (select from public.account_members m where m.user_id = caller);
  perform recto.mark_erasure(caller);
end
$$;
comment on function recto.continue_erasure is
  'Deletes a batch of what is the caller''s, after begin_erasure: so many generations, of whose ids it tells those that were live, and five times as many cards, calls and deliveries. Unless is_over, both are to be called again. Workers finish what has to wait.';

revoke all on function recto.begin_erasure(), recto.continue_erasure(integer) from public;
grant execute on function recto.begin_erasure(), recto.continue_erasure(integer) to authenticated;
