-- How deliveries travel: what workers do with them, and what people ask for.

-- Adds the row that boss.send of pg-boss would add (tests/database/webhook-jobs.test.ts compares the two), so that it
-- travels with what it is about. The caller has the rights on the queue.
create function recto.add_job(queue text, id uuid, data jsonb, group_id text) returns void
  language plpgsql set search_path = ''
as $$
begin
  insert into pgboss.job_common (id, name, data, group_id, priority, start_after, created_on, keep_until, expire_seconds,
      deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
    select add_job.id, q.name, add_job.data, add_job.group_id, 0, now(), now(), now() + q.retention_seconds * interval '1 s',
      q.expire_seconds, q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy,
      q.dead_letter, q.heartbeat_seconds
    from pgboss.queue q where q.name = queue;
  if not found then
    raise exception 'there is no queue %', queue;
  end if;
end
$$;

-- Gives jobs to deliveries that are due, and answers whether the queue has some. No webhook gets more than `most_each` into
-- the queue, so that the backlog of a dead one stays here; it gets more when half of them have left. A delivery whose
-- webhook is disabled or gone has failed. The pairs are compared so that only the index by webhook serves, whatever the
-- statistics are; the plan is kept, because planning takes longer than the rest.
create function recto.queue_deliveries(most_each integer, most integer) returns boolean
  language plpgsql set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  delivery public.webhook_deliveries;
begin
  if exists (select from public.webhook_deliveries d where d.due_at <= now()) then
    for delivery in
      with recursive waiting (endpoint_id) as (
        (select d.endpoint_id from public.webhook_deliveries d where d.due_at is not null order by d.endpoint_id limit 1)
        union all
        select (
          select d.endpoint_id from public.webhook_deliveries d where d.due_at is not null and d.endpoint_id > w.endpoint_id
          order by d.endpoint_id limit 1
        ) from waiting w where w.endpoint_id is not null
      ), due as materialized (
        select found.id from waiting w
        cross join lateral (
          select most_each - count(*) as room from public.webhook_deliveries q
          where q.endpoint_id = w.endpoint_id and q.status = 'pending' and q.due_at is null
        ) queued
        cross join lateral (
          select d.id from public.webhook_deliveries d
          where d.due_at is not null
            and (d.endpoint_id, d.due_at) >= (w.endpoint_id, '-infinity') and (d.endpoint_id, d.due_at) <= (w.endpoint_id, now())
          order by d.endpoint_id, d.due_at limit case when queued.room * 2 >= most_each then queued.room else 0 end
          for update skip locked
        ) found
        where w.endpoint_id is not null limit most
      )
      update public.webhook_deliveries d
        set due_at = null, queued_at = clock_timestamp(), (status, finished_at) = (
          select case when count(*) > 0 then 'pending' else 'failed' end, case when count(*) = 0 then clock_timestamp() end
          from public.webhook_endpoints e where e.id = d.endpoint_id and e.enabled
        )
        where d.id = any (array(select due.id from due)) returning d.*
    loop
      delete from pgboss.job_common j where j.name = 'webhook' and j.id = delivery.id;
      continue when delivery.status <> 'pending';
      perform recto.add_job('webhook', delivery.id, jsonb_build_object('account_id', delivery.account_id), delivery.endpoint_id::text);
    end loop;
  end if;
  return exists (
    select from pgboss.job_common j where j.name = 'webhook' and j.state < 'active' and not j.blocked and j.start_after <= now()
  );
end
$$;

-- Ends the job of a delivery whose request was not made, so that it is made later.
create function recto.hand_back_delivery(delivery uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  update public.webhook_deliveries d set due_at = clock_timestamp() where d.id = delivery and d.status = 'pending';
  delete from pgboss.job_common j where j.name = 'webhook' and j.id = delivery;
end
$$;

-- Makes deliveries due again whose worker died, and those whose job is gone. A receiver may get them twice, with the same
-- webhook-id.
create function recto.recover_deliveries(longest_seconds float8) returns bigint
  language plpgsql set search_path = ''
as $$
declare
  recovered bigint;
begin
  with stale as (
    delete from pgboss.job_common j where j.name = 'webhook'
      and (j.state = 'active' and j.started_on < now() - make_interval(secs => longest_seconds) or j.state > 'active')
    returning j.id
  ), lost as (
    select d.id from public.webhook_deliveries d
    where d.status = 'pending' and d.due_at is null and d.queued_at < now() - interval '10 minutes' and not exists (
      select from pgboss.job_common j where j.name = 'webhook' and j.id = d.id
    )
  ), made_due as (
    update public.webhook_deliveries d set due_at = clock_timestamp()
      where d.status = 'pending' and d.due_at is null and d.id in (select s.id from stale s union select l.id from lost l)
      returning 1
  )
  select count(*) into recovered from made_due;
  return recovered;
end
$$;

-- Writes an attempt and ends its job. `failure_class` is null for one that succeeded; after a failure the next one is
-- due in `again_seconds`, or there is none. Answers why the webhook was disabled by this attempt, else null. With
-- `tell`, the operator is told of one that kept failing.
create function recto.record_webhook_attempt(delivery uuid, started timestamptz, http_status integer, failure_class text,
    latency_ms integer, excerpt text, message text, again_seconds float8, tell boolean) returns text
  language plpgsql set search_path = ''
as $$
declare
  endpoint uuid := (select d.endpoint_id from public.webhook_deliveries d where d.id = delivery);
  failing timestamptz;
  disabled text;
  attempt integer;
begin
  if failure_class is null then
    update public.webhook_endpoints e set failing_since = null where e.id = endpoint and e.failing_since is not null;
  else
    update public.webhook_endpoints e set failing_since = coalesce(e.failing_since, started) where e.id = endpoint
      returning e.failing_since into failing;
    disabled := case when record_webhook_attempt.http_status = 410 then 'gone'
      when failing < clock_timestamp() - interval '120 hours' then 'failing' end;
    if disabled is not null then
      update public.webhook_endpoints e set enabled = false, disabled_reason = disabled where e.id = endpoint and e.enabled;
      disabled := case when found then disabled end;
      if disabled = 'failing' and tell then
        perform recto.add_job('budget_alert', gen_random_uuid(), jsonb_build_object('webhook', jsonb_build_object('id', e.id,
            'account_id', e.account_id, 'disabled_at', recto.time_as_json(e.disabled_at))), null)
          from public.webhook_endpoints e where e.id = endpoint;
      end if;
    end if;
  end if;
  -- A request that was made twice may have succeeded the first time.
  update public.webhook_deliveries d
    set attempts = d.attempts + 1, tries = d.tries + 1, queued_at = null,
      status = case when failure_class is null then 'succeeded' when d.status <> 'pending' then d.status
        when again_seconds is null then 'failed' else 'pending' end,
      due_at = case when failure_class is not null and d.status = 'pending' then clock_timestamp() + make_interval(secs => again_seconds) end,
      finished_at = case when failure_class is not null and d.status = 'pending' and again_seconds is not null then null
        else coalesce(d.finished_at, clock_timestamp()) end
    where d.id = delivery returning d.attempts into attempt;
  if found then
    insert into public.webhook_attempts (delivery_id, number, account_id, started_at, http_status, class, latency_ms, excerpt, message)
      select delivery, attempt, d.account_id, started, record_webhook_attempt.http_status, failure_class,
        record_webhook_attempt.latency_ms, record_webhook_attempt.excerpt, record_webhook_attempt.message
      from public.webhook_deliveries d where d.id = delivery;
    delete from public.webhook_attempts a where a.delivery_id = delivery and a.number <= attempt - 50;
  end if;
  delete from pgboss.job_common j where j.name = 'webhook' and j.id = delivery;
  return disabled;
end
$$;

revoke all on function recto.add_job(text, uuid, jsonb, text), recto.queue_deliveries(integer, integer), recto.hand_back_delivery(uuid), recto.recover_deliveries(float8),
  recto.record_webhook_attempt(uuid, timestamptz, integer, text, integer, text, text, float8, boolean) from public;
grant execute on function recto.add_job(text, uuid, jsonb, text), recto.queue_deliveries(integer, integer), recto.hand_back_delivery(uuid), recto.recover_deliveries(float8),
  recto.record_webhook_attempt(uuid, timestamptz, integer, text, integer, text, text, float8, boolean) to recto_worker;

-- A person who administers a webhook sends it a test, or sends again what it was sent. Either takes the webhook's lock, so
-- that the bounds hold for requests at the same time.
create function recto.send_webhook_test(webhook uuid) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  account constant uuid := recto.administer_webhook(webhook);
  made uuid;
begin
  perform recto.lock_webhook_person();
  perform recto.hold_team(account);
  perform recto.lock_webhooks(account);
  perform recto.administer_webhook(webhook);
  if (select count(*) from public.webhook_deliveries d where d.account_id = account and d.endpoint_id = webhook
      and d.type = 'webhook.test' and d.created_at > clock_timestamp() - interval '1 minute') >= 10 then
    raise exception 'ten tests in a minute' using errcode = 'PT429', detail = 'rate_limited';
  end if;
  insert into public.webhook_deliveries (endpoint_id, account_id, user_id, webhook_id, type, data)
    select e.id, account, (select auth.uid()), 'test_' || gen_random_uuid(), 'webhook.test',
      jsonb_build_object('endpoint_id', e.id, 'account_id', account)
    from public.webhook_endpoints e where e.id = webhook and e.enabled returning id into made;
  if made is null then
    raise exception 'the webhook is disabled' using errcode = 'PT409', detail = 'conflict';
  end if;
  perform pg_notify('recto_webhooks', '');
  return made;
end
$$;
comment on function recto.send_webhook_test is 'Sends an event of the type webhook.test to a webhook that the caller administers.';

-- One delivery, or those of events within a time. A delivery that is pending is sent anyway. Answers how many, at most 10,000
-- beginning with the oldest.
create function recto.replay_deliveries(webhook uuid, delivery uuid, since timestamptz, until timestamptz, with_status text[])
  returns integer
  language plpgsql security definer set search_path = ''
as $$
declare
  account constant uuid := recto.administer_webhook(webhook);
  replayed integer;
begin
  perform recto.hold_team(account);
  perform recto.lock_webhooks(account);
  perform recto.administer_webhook(webhook);
  if not exists (select from public.webhook_endpoints e where e.id = webhook and e.enabled) then
    raise exception 'the webhook is disabled' using errcode = 'PT409', detail = 'conflict';
  end if;
  with chosen as (
    select d.id from public.webhook_deliveries d
    where d.account_id = account and d.endpoint_id = webhook and d.status <> 'pending' and d.status = any (with_status)
      and (delivery is null or d.id = delivery) and d.created_at between since and until
    order by d.created_at, d.id limit 10000 for update
  )
  update public.webhook_deliveries d set status = 'pending', tries = 0, due_at = clock_timestamp(), finished_at = null
    from chosen where d.id = chosen.id;
  get diagnostics replayed = row_count;
  perform pg_notify('recto_webhooks', '');
  return replayed;
end
$$;
comment on function recto.replay_deliveries is
  'Sends again what a webhook that the caller administers was sent. The number of deliveries.';

revoke all on function recto.send_webhook_test(uuid), recto.replay_deliveries(uuid, uuid, timestamptz, timestamptz, text[]) from public;
grant execute on function recto.send_webhook_test(uuid),
  recto.replay_deliveries(uuid, uuid, timestamptz, timestamptz, text[]) to authenticated;
