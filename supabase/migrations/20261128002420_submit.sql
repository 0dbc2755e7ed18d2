-- A submission of the API is one statement, which writes the generation and its job: both exist or neither does.

create type recto.submission as (
  -- Of the verified access token, as PostgREST sets them.
  claims text,
  request_id text,
  request_digest text,
  traceparent text,
  account_id uuid,
  kind text,
  source_text text,
  input jsonb,
  model text,
  prompt_version text,
  options jsonb,
  data_residency text,
  optimize text,
  max_total_tokens integer,
  idempotency_key text,
  -- What the request reserves at least, in USD, for admission. Empty without a route.
  request_usd text
);
comment on type recto.submission is 'A submission: who asks, by which request, and the columns of a generation that people may choose.';
revoke all on type recto.submission from public;

-- Inserts as the caller, so that row level security and column grants hold as for an insert through PostgREST.
create function recto.insert_generation(sent recto.submission) returns uuid
  language plpgsql set search_path = '' set role = 'authenticated'
as $$
declare
  made uuid;
begin
  perform set_config('request.jwt.claims', sent.claims, true), set_config('recto.account', sent.account_id::text, true),
    set_config('recto.request_id', sent.request_id, true), set_config('recto.request_digest', sent.request_digest, true),
    set_config('recto.traceparent', sent.traceparent, true), set_config('recto.request_usd', sent.request_usd, true);
  insert into public.ai_generations
      (account_id, kind, source_text, input, model, prompt_version, options, data_residency, optimize, max_total_tokens, idempotency_key)
    values (sent.account_id, sent.kind, sent.source_text, sent.input, sent.model, sent.prompt_version, sent.options,
      sent.data_residency, sent.optimize, sent.max_total_tokens, sent.idempotency_key)
    returning id into made;
  return made;
end
$$;

-- `admission` is the recto.admission_result. The job is the row that boss.send of pg-boss would add, whose role this
-- function has: tests/database/submit.test.ts compares the two. A generation that waits for a place gets no job yet.
create function recto.submit(sent recto.submission, out id uuid, out admission jsonb)
  language plpgsql set search_path = ''
as $$
begin
  id := recto.insert_generation(sent);
  admission := current_setting('recto.admission', true);
  if (admission -> 'waiting')::boolean then
    return;
  end if;
  insert into pgboss.job_common (id, name, data, priority, start_after, created_on, keep_until, expire_seconds,
      deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
    select submit.id, q.name, jsonb_build_object('generation_id', submit.id),
      -- priorityOf in shared/src/queue.ts.
      least(100, greatest(0, (admission -> 'priority')::integer)) * 10000000 - least((admission -> 'in_flight')::integer, 1000000),
      now(), now(), now() + q.retention_seconds * interval '1 s', q.expire_seconds,
      q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter,
      q.heartbeat_seconds
    from pgboss.queue q where q.name = 'generation';
  if not found then
    raise exception 'there is no queue of generations';
  end if;
end
$$;
comment on function recto.submit is
  'Stores a generation of the person in `claims`, which the API has verified, and its job. For the API alone.';

revoke all on function recto.insert_generation(recto.submission), recto.submit(recto.submission) from public;
grant execute on function recto.insert_generation(recto.submission), recto.submit(recto.submission) to recto_api;
