-- The view that is empty while all is well. What waits by plan is not in it.

-- pg-boss makes its tables after the migrations, so the function looks them up when it runs. Before that there is no job.
create function operator.live_jobs() returns setof uuid
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if to_regclass('pgboss.job') is not null then
    return query select coalesce(j.source_id, j.id) from pgboss.job j
      where j.name in ('generation', 'generation_dead') and j.state in ('created', 'retry', 'active');
  end if;
end
$$;
comment on function operator.live_jobs is 'The ids of the generations that have a job.';
revoke all on function operator.live_jobs() from public;

-- Accounts with a free place that nobody gives to the generation that waits for it. A place that became free within the
-- last minute is about to be given.
create function operator.forgotten_waits() returns table (account_id uuid, since timestamptz, waiting bigint)
  language sql stable security definer set search_path = ''
as $$
  select w.account_id, w.since, w.waiting
  from (
    select g.account_id, min(g.created_at) as since, count(*) as waiting from public.ai_generations g
    where g.finished_at is null and g.waiting group by g.account_id having min(g.created_at) < now() - interval '10 minutes'
  ) w
  where (
    select count(*) from public.ai_generations r where r.account_id = w.account_id and r.finished_at is null and not r.waiting
  ) < coalesce((recto.effective_plan(w.account_id)).concurrent, 1000000)
    and not exists (
      select from public.ai_generations f where f.account_id = w.account_id and f.finished_at > now() - interval '1 minute'
    )
$$;
comment on function operator.forgotten_waits is 'Accounts that wait for over 10 minutes although they have a free place.';
revoke all on function operator.forgotten_waits() from public;

-- A generation that waits for a time says until when (recto.waiting_metadata). A breaker leaves the state open only when
-- somebody wants the route, so a route that may be tried again and is not wanted rests no more.
create view operator.stuck as
  select 'running for over 10 minutes' as what, g.id::text as id, g.account_id, g.delivered_at as since, 'attempt ' || g.attempts as detail
    from public.ai_generations g
    where g.finished_at is null and g.status = 'running' and g.delivered_at < now() - interval '10 minutes'
  union all
  select 'pending for over 10 minutes', g.id::text, g.account_id, g.created_at, 'attempt ' || g.attempts
    from public.ai_generations g
    where g.finished_at is null and g.status = 'pending' and not g.waiting and g.created_at < now() - interval '10 minutes'
      and coalesce((g.ai_metadata -> 'waiting' ->> 'until')::timestamptz < now() - interval '10 minutes', true)
  union all
  select 'without a job', g.id::text, g.account_id, g.updated_at, g.status
    from public.ai_generations g
    where g.finished_at is null and not g.waiting and g.updated_at < now() - interval '1 minute'
      and g.id not in (select j.id from operator.live_jobs() j (id))
  union all
  select 'waiting for a place', w.account_id::text, w.account_id, w.since, w.waiting || ' generations' from operator.forgotten_waits() w
  union all
  select 'call not settled', c.id::text, c.account_id, c.settle_after, c.provider || ', reserved ' || c.reserved_usd
    from public.ai_calls c where c.settle_after < now() - interval '5 minutes'
  union all
  select 'route resting', r.provider || ' ' || r.model, null, r.changed_at, r.reason
    from public.ai_routes_health r where r.state = 'open' and r.open_until > now() and r.seen_at > now() - interval '2 minutes'
  union all
  select 'probe lost', r.provider || ' ' || r.model, null, r.changed_at, r.reason
    from public.ai_routes_health r
    where r.state = 'half_open' and r.open_until < now() - interval '5 minutes' and r.seen_at > now() - interval '2 minutes'
  union all
  select 'alert not sent', b.account_id::text || ' ' || b.threshold || ' %', b.account_id, b.created_at, null
    from public.budget_alerts b where b.enqueued_at is null and b.created_at < now() - interval '5 minutes'
  union all
  select 'usage not rolled up', s.rolled_through::text, null, (s.rolled_through + 2)::timestamp at time zone 'UTC', null
    from recto.usage_state s where (s.rolled_through + 2)::timestamp at time zone 'UTC' < now() - interval '1 hour';
comment on view operator.stuck is 'What should not last. In a healthy system this view is empty.';
comment on column operator.stuck.what is 'What is wrong with it.';
comment on column operator.stuck.id is
  'The generation, account or call; of a route its provider and model, of an alert its account and threshold, of usage its last day.';
comment on column operator.stuck.account_id is 'The account that it belongs to, if any.';
comment on column operator.stuck.since is 'When it began, or when it should have ended.';
comment on column operator.stuck.detail is 'The attempt, status, number, reservation or failure class.';

create view operator.provider_keys as select * from recto.provider_key_ages();
comment on view operator.provider_keys is
  'Every provider key that a worker ever read, by the first 12 hexadecimal digits of its SHA-256. No table has the key.';
comment on column operator.provider_keys.provider is 'The provider, by its name in the catalog.';
comment on column operator.provider_keys.fingerprint is 'Tells keys apart, as in ai_calls.key_fingerprint.';
comment on column operator.provider_keys.in_use is 'The worker that read its keys last has this one.';
comment on column operator.provider_keys.first_seen_at is 'When a worker first read it.';
comment on column operator.provider_keys.age_days is 'Whole days since then.';
comment on column operator.provider_keys.last_used_at is 'The start of its last call within 31 days. Null: none.';
comment on column operator.provider_keys.is_old is 'In use for longer than recto.settings.key_days.';

revoke all on operator.stuck, operator.provider_keys from public, anon, authenticated, service_role;

-- Functions of a view run with the rights of its reader. Each of these answers what the views show.
grant usage on schema operator to recto_analyst;
grant select on all tables in schema operator to recto_analyst;
grant execute on function operator.live_jobs(), operator.forgotten_waits(), recto.count_usage(date, date, uuid),
  recto.count_acceptance(date, date, uuid), recto.month_of(timestamptz), recto.deployment_account(), recto.effective_budget(uuid), recto.provider_key_ages() to recto_analyst;
