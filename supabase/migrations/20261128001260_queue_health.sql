-- How deep and how old the queue is, by band, as workers measure it.

create table recto.queue_health (
  band integer primary key check (band between 0 and 100),
  waiting_since timestamptz,
  depth integer not null default 0,
  run_seconds numeric not null default 10,
  measured_at timestamptz not null default now()
);
comment on table recto.queue_health is
  'How each band of the queue was when a worker last measured it: since when its oldest job could have run, how many jobs could run, and how long a run takes. Band 0 is always there.';
insert into recto.queue_health (band, measured_at) values (0, '-infinity');
alter table recto.queue_health enable row level security;
revoke all on recto.queue_health from public, anon, authenticated, service_role;
grant select on recto.queue_health to recto_worker;
grant insert (band, waiting_since, depth, run_seconds), update (waiting_since, depth, run_seconds, measured_at) on recto.queue_health to recto_worker;
create policy "the worker reads queue health" on recto.queue_health for select to recto_worker using (true);
create policy "the worker measures the queue" on recto.queue_health for update to recto_worker using (true) with check (true);
create policy "the worker adds bands" on recto.queue_health for insert to recto_worker with check (true);

-- Whether a worker has measured the queue lately. Each worker that lives tries to every few seconds.
create function recto.worker_alive(within_seconds float8) returns boolean
  language sql stable security definer set search_path = ''
as $$
  select exists (
    select from recto.queue_health where measured_at > now() - make_interval(secs => within_seconds)
  )
$$;
revoke all on function recto.worker_alive(float8) from public;
grant execute on function recto.worker_alive(float8) to recto_api;

create function recto.queue_state() returns table (band integer, depth integer, age_seconds float8)
  language sql stable security definer set search_path = ''
as $$
  select q.band, q.depth, coalesce(greatest(0, extract(epoch from now() - q.waiting_since)), 0)::float8
  from recto.queue_health q
$$;
comment on function recto.queue_state is 'The bands of the queue as a worker last measured them, for the metrics.';
revoke all on function recto.queue_state() from public;
grant execute on function recto.queue_state() to recto_api;
