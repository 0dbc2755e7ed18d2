-- What is going on now, for the page of operators. No view has a text, a prompt, a card or a quote.

-- Every state has a row, also without a generation. The live ones are found by their partial index, the others by their
-- day.
create view operator.generations as
  select s.state, count(g.id) as count, min(g.since) as oldest_at,
    count(g.id) filter (where g.since > now() - interval '1 minute') as under_1_minute,
    count(g.id) filter (where g.since <= now() - interval '1 minute' and g.since > now() - interval '10 minutes') as under_10_minutes,
    count(g.id) filter (where g.since <= now() - interval '10 minutes' and g.since > now() - interval '1 hour') as under_1_hour,
    count(g.id) filter (where g.since <= now() - interval '1 hour') as over_1_hour
  from unnest(array['waiting', 'pending', 'running', 'succeeded', 'failed', 'cancelled']) with ordinality s (state, place)
  left join (
    select l.id, case when l.waiting then 'waiting' else l.status end as state, l.created_at as since
      from public.ai_generations l where l.finished_at is null
    union all
    select e.id, e.status, e.finished_at from public.ai_generations e
      where e.created_at > now() - interval '24 hours' and e.finished_at is not null
  ) g on g.state = s.state
  group by s.state, s.place order by s.place;
comment on view operator.generations is
  'Generations by state and age: all that are live, and those of the last 24 hours that have ended.';
comment on column operator.generations.state is
  'The status; waiting: pending, without a job until its account has a free place.';
comment on column operator.generations.count is 'How many.';
comment on column operator.generations.oldest_at is 'When the oldest was created; of those that have ended, when the first ended.';
comment on column operator.generations.under_1_minute is 'Created, or ended, within the last minute.';
comment on column operator.generations.under_10_minutes is 'Created, or ended, one to ten minutes ago.';
comment on column operator.generations.under_1_hour is 'Created, or ended, ten minutes to an hour ago.';
comment on column operator.generations.over_1_hour is 'Created, or ended, over an hour ago.';

create view operator.routes as
  select r.provider, r.model, r.region, r.state, r.reason, r.openings, r.open_until, r.changed_at, r.seen_at,
    coalesce(cardinality(k.fingerprints), 0) as keys, r.priced_on
  from public.ai_routes_health r left join recto.provider_key_fingerprints k on k.provider = r.provider
  where r.seen_at > now() - interval '24 hours' order by r.state = 'closed', r.provider, r.model;
comment on view operator.routes is 'Routes that a worker could use within the last 24 hours, those that are not closed first.';
comment on column operator.routes.provider is 'The provider, by its name in the catalog.';
comment on column operator.routes.model is 'The model, as the provider writes it.';
comment on column operator.routes.region is 'Where the provider processes texts.';
comment on column operator.routes.state is 'Of the breaker: closed, open (requests go elsewhere) or half_open (one request tries it).';
comment on column operator.routes.reason is 'The failure class that opened it.';
comment on column operator.routes.openings is 'How often it opened without a success in between.';
comment on column operator.routes.open_until is 'When it may be tried again.';
comment on column operator.routes.changed_at is 'When its state changed last.';
comment on column operator.routes.seen_at is 'When a worker last had a key for it.';
comment on column operator.routes.keys is 'How many keys of the provider the worker has that read its keys last.';
comment on column operator.routes.priced_on is 'The day of its price in the catalog. A price of more than 90 days ago is to be compared with the provider''s list.';

create view operator.queue as
  select q.band, q.depth, q.waiting_since, q.run_seconds, nullif(q.measured_at, '-infinity') as measured_at
  from recto.queue_health q order by q.band desc;
comment on view operator.queue is 'The bands of the queue as a worker last measured them. A higher band always runs first.';
comment on column operator.queue.band is 'The band, as in plans.';
comment on column operator.queue.depth is 'Jobs that could run and do not yet.';
comment on column operator.queue.waiting_since is 'Since when the oldest of them could have run. Null: none.';
comment on column operator.queue.run_seconds is 'How long a run takes, in seconds; 10 until a worker has seen one end.';
comment on column operator.queue.measured_at is 'When it was measured. Null: never.';

-- response_excerpt is left out: a provider may repeat the text or a card in it. Whoever may read the generation sees it.
create view operator.latest_failures as
  select g.id as generation_id, g.kind, g.model, g.account_id, g.request_id, g.created_at, g.finished_at,
    (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}')
      from jsonb_each(case when jsonb_typeof(g.error) = 'object' then g.error else '{}' end) e
      where e.key in ('code', 'retryable', 'attempts', 'provider', 'http_status', 'provider_request_id', 'timing', 'cause', 'dropped')
    ) as error
  from public.ai_generations g
  where g.created_at > now() - interval '24 hours' and g.status = 'failed'
  order by g.finished_at desc, g.id limit 50;
comment on view operator.latest_failures is 'The last 50 generations of the last 24 hours that failed, with their errors.';
comment on column operator.latest_failures.generation_id is 'The generation.';
comment on column operator.latest_failures.kind is 'Its kind.';
comment on column operator.latest_failures.model is 'The model or alias of its request.';
comment on column operator.latest_failures.account_id is 'The account that is billed.';
comment on column operator.latest_failures.request_id is 'The request that submitted it, as in the logs.';
comment on column operator.latest_failures.created_at is 'When it was submitted.';
comment on column operator.latest_failures.finished_at is 'When it failed.';
comment on column operator.latest_failures.error is 'Why it failed, as in ai_generations.error, without the excerpt of the response and the message.';

-- Every worker has one connection on which it listens, for as long as it lives.
create function operator.worker_connections() returns table (pid integer, connected_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select a.pid, a.backend_start from pg_stat_activity a where a.application_name = 'recto_worker_listen' and a.datname = current_database()
$$;
comment on function operator.worker_connections is 'The connections on which workers listen.';
revoke all on function operator.worker_connections() from public;

create view operator.workers as select w.pid, w.connected_at from operator.worker_connections() w order by w.connected_at, w.pid;
comment on view operator.workers is
  'Workers that are connected now. A pooler that changes the names of connections hides them; operator.queue.measured_at tells then whether one is alive.';
comment on column operator.workers.pid is 'The process of the connection in the database.';
comment on column operator.workers.connected_at is 'Since when. Null where the owner of the view may not see it.';

revoke all on operator.generations, operator.routes, operator.queue, operator.latest_failures, operator.workers
  from public, anon, authenticated, service_role;
grant select on operator.generations, operator.routes, operator.queue, operator.latest_failures, operator.workers to recto_analyst;
grant execute on function operator.worker_connections() to recto_analyst;
