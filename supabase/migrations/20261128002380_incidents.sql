-- Incidents: what operators are alerted to besides money. One worker at a time compares readings with the thresholds in
-- recto.settings. An incident opens once and closes once, whoever looks and whoever dies meanwhile.

create table recto.incidents (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  subject text not null,
  value numeric not null,
  threshold numeric not null,
  opened_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  told_opened boolean not null default false,
  told_closed boolean not null default false
);
comment on table recto.incidents is
  'One row per incident: error_rate, latency_p95, breaker_open, no_key, queue_age or dead_letters. Open while closed_at is null.';
comment on column recto.incidents.subject is 'The provider, or the provider and the model. Empty for the whole deployment.';
comment on column recto.incidents.value is 'The last reading that reached the threshold.';
comment on column recto.incidents.seen_at is 'When a reading last reached the threshold.';
comment on column recto.incidents.told_opened is 'Whether the message that it opened was handed to the queue.';
create unique index idx_incidents_open on recto.incidents (name, subject) where closed_at is null;
create index idx_incidents_untold on recto.incidents (opened_at) where not told_opened or not told_closed;
alter table recto.incidents enable row level security;
revoke all on recto.incidents from public, anon, authenticated, service_role;

-- Only what the operator can mend counts as an error: a text that was refused, or a budget, is not retryable.
create function recto.generation_readings(s recto.settings)
  returns table (name text, value numeric, threshold numeric)
  language sql stable set search_path = ''
as $$
  with ended as (
    select count(*) as total,
      count(*) filter (where g.status = 'failed' and (g.error ->> 'retryable')::boolean) as failed,
      count(*) filter (where g.error ->> 'code' = 'worker_lost') as lost,
      percentile_disc(0.95) within group (order by extract(epoch from g.finished_at - g.started_at))
        filter (where g.status = 'succeeded') as latency
    from public.ai_generations g
    where g.created_at > now() - interval '1 hour' - make_interval(secs => s.alert_window_seconds)
      and g.finished_at > now() - make_interval(secs => s.alert_window_seconds) and g.status <> 'cancelled'
  )
  select 'error_rate', round(100.0 * e.failed / e.total, 1), s.alert_error_percent
    from ended e where e.total >= s.alert_minimum_generations
  union all
  select 'latency_p95', round(e.latency, 1), s.alert_latency_seconds from ended e where e.total >= s.alert_minimum_generations
  union all
  select 'dead_letters', e.lost, s.alert_dead_letters from ended e
$$;

-- The rest of a route whose keys were all refused is an incident of its provider and not of the route.
create function recto.route_readings(s recto.settings)
  returns table (name text, subject text, value numeric, threshold numeric)
  language sql stable set search_path = ''
as $$
  with resting as (
    select r.provider, r.model, r.openings, r.reason in ('auth', 'provider_credit_exhausted', 'quota_of_keys') as by_keys
    from public.ai_routes_health r where r.state <> 'closed' and r.seen_at > now() - interval '2 minutes'
  )
  select 'breaker_open', r.provider || ' ' || r.model, r.openings, s.alert_breaker_openings
    from resting r where r.by_keys is not true
  union all
  select 'no_key', r.provider, count(*), s.alert_no_key_routes from resting r where r.by_keys group by r.provider
$$;

-- Opens and closes incidents. Answers whether some are to be told.
create function recto.check_alerts() returns boolean
  language plpgsql security definer set search_path = ''
as $$
declare
  s recto.settings;
begin
  if not recto.try_lock_alerts() then
    return false;
  end if;
  perform recto.raise_missed_budget_alerts();
  select * into s from recto.settings;
  insert into recto.incidents as i (name, subject, value, threshold)
    select r.name, r.subject, r.value, r.threshold from (
      select g.name, '' as subject, g.value, g.threshold from recto.generation_readings(s) g
      union all select w.name, w.subject, w.value, w.threshold from recto.route_readings(s) w
      union all
      select 'queue_age', '', round(extract(epoch from now() - min(q.waiting_since))), s.alert_queue_seconds from recto.queue_health q
    ) r where r.value >= r.threshold
    on conflict (name, subject) where closed_at is null
      do update set value = excluded.value, threshold = excluded.threshold, seen_at = clock_timestamp();
  update recto.incidents i set closed_at = clock_timestamp()
    where i.closed_at is null and i.seen_at < clock_timestamp() - make_interval(secs => s.alert_clear_seconds);
  delete from recto.incidents i where i.closed_at < now() - interval '90 days' and i.told_closed;
  return exists (select from recto.incidents i where not i.told_opened or (i.closed_at is not null and not i.told_closed));
end
$$;
comment on function recto.check_alerts is
  'Workers call this every half minute; while one of them works, the others return at once.';

-- Marks what has not been told and returns it. The caller hands it to the queue in the same transaction. The end of an
-- incident that nobody was told of follows with the next call.
create function recto.take_incident_events() returns setof recto.incidents
  language sql security definer set search_path = ''
as $$
  update recto.incidents i set told_opened = true, told_closed = i.told_opened
    where not i.told_opened or (i.closed_at is not null and not i.told_closed) returning i.*
$$;

revoke all on function recto.generation_readings(recto.settings), recto.route_readings(recto.settings), recto.check_alerts(),
  recto.take_incident_events() from public;
grant execute on function recto.check_alerts(), recto.take_incident_events() to recto_worker;
