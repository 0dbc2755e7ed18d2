-- A generation above the account's limit of concurrent ones is accepted and waits without a job.

-- Lets waiting generations of an account through, as far as its limit allows, and answers those that need a job now.
-- The person with the fewest under way comes first, among those the person whose last turn was longest ago.
create function recto.promote_waiting(account uuid) returns table (id uuid, in_flight integer, priority integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  rule public.plans;
  free integer;
  chosen uuid;
  person uuid;
begin
  perform recto.lock_admission(account);
  rule := recto.effective_plan(account);
  select coalesce(rule.concurrent, 1000000) - count(*) into free from public.ai_generations g
    where g.account_id = account and g.finished_at is null and not g.waiting;
  -- One pass lets at most 200 through. The next pass follows when these have finished, or with the next maintenance
  -- run.
  for turn in 1 .. least(free, 200) loop
    -- A person's last turn is looked up over all accounts: within a team the lookup would read all of the team's
    -- history.
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
    -- As at submission, in_flight counts what the person has under way in any account.
    return query select chosen, (
      select count(*)::integer - 1 from public.ai_generations l where l.user_id = person and l.finished_at is null and not l.waiting
    ), rule.priority;
  end loop;
end
$$;
revoke all on function recto.promote_waiting(uuid) from public;
grant execute on function recto.promote_waiting(uuid) to recto_worker;

-- What ai_metadata says of a generation that waits for its next run: why, and until when at most. A time is written as
-- the API answers it. Without a reason it runs again at once.
create function recto.waiting_metadata(reason text, class text, seconds integer) returns jsonb
  language sql stable set search_path = ''
as $$
  select case when reason is null then '{}'::jsonb else jsonb_build_object('waiting', jsonb_strip_nulls(jsonb_build_object(
    'reason', reason, 'class', class,
    'since', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'until', to_char((clock_timestamp() + make_interval(secs => seconds)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  ))) end
$$;
revoke all on function recto.waiting_metadata(text, text, integer) from public;
grant execute on function recto.waiting_metadata(text, text, integer) to recto_worker;

-- Where a generation stands that waits for a place. `until` is an estimate, from how long recent runs took.
create type recto.waiting_place as (since timestamptz, until timestamptz, place bigint);
revoke all on type recto.waiting_place from public;

-- People take turns: the k-th waiting generation of each person comes before the k+1-th of any. The place counts the
-- generation itself. Null for a generation that does not wait, or whose account is not the caller's.
create function recto.waiting_place(generation uuid) returns recto.waiting_place
  language sql stable security definer set search_path = ''
as $$
  with mine as (
    select g.id, g.account_id, g.created_at from public.ai_generations g
    where g.id = generation and g.waiting and g.finished_at is null and recto.can_use_account(g.account_id, (select auth.uid()))
  ), turns as (
    select o.id, row_number() over (order by o.turn, o.created_at, o.id) as place
    from (
      select w.id, w.created_at, row_number() over (partition by w.user_id order by w.created_at, w.id) as turn
      from public.ai_generations w, mine
      where w.account_id = mine.account_id and w.waiting and w.finished_at is null
    ) o
  )
  select (mine.created_at, now() + make_interval(secs => queue_health.run_seconds::float8
    * coalesce(ceil(turns.place::numeric / (recto.effective_plan(mine.account_id)).concurrent), 0)::float8), turns.place)::recto.waiting_place
  from mine join turns using (id) join recto.queue_health on queue_health.band = 0
$$;
comment on function recto.waiting_place is 'Place of a waiting generation of an account of the caller.';
revoke all on function recto.waiting_place(uuid) from public;
grant execute on function recto.waiting_place(uuid) to authenticated;
