-- Submissions of the API that meet are one statement, which writes the generations and their jobs: all exist or none does.

create type recto.submission as (
  request_id text,
  request_digest text,
  traceparent text,
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
comment on type recto.submission is 'A submission: its request, and the columns of a generation that people may choose.';
create type recto.submitted as (id uuid, admission jsonb);
comment on type recto.submitted is 'A generation that was stored, and its recto.admission_result.';
revoke all on type recto.submission, recto.submitted from public;

-- Inserts as the caller, so that row level security and column grants hold as for an insert through PostgREST. The
-- settings of a row are made just before it is inserted, because a subquery with volatile functions is run row by row;
-- its admission is read just behind.
create function recto.insert_generations(claims text, account uuid, sent recto.submission[])
  returns setof recto.submitted
  language plpgsql set search_path = '' set role = 'authenticated'
as $$
begin
  perform set_config('request.jwt.claims', claims, true), set_config('recto.account', account::text, true);
  return query insert into public.ai_generations
      (account_id, kind, source_text, input, model, prompt_version, options, data_residency, optimize, max_total_tokens, idempotency_key)
    select account, s.kind, s.source_text, s.input, s.model, s.prompt_version, s.options,
      s.data_residency, s.optimize, s.max_total_tokens, s.idempotency_key
    from (
      select s.*, set_config('recto.request_id', s.request_id, true), set_config('recto.request_digest', s.request_digest, true),
        set_config('recto.traceparent', s.traceparent, true), set_config('recto.request_usd', s.request_usd, true)
      from unnest(sent) s
    ) s
    returning ai_generations.id, current_setting('recto.admission', true)::jsonb;
end
$$;

-- `sent` is an array of recto.submission as JSON, all of the person in `claims` and in one account; the answers have its
-- order. A job is the row that boss.send of pg-boss would add, whose role this function has: tests/database/submit.test.ts
-- compares the two. A generation that waits for a place gets no job yet.
create function recto.submit(claims text, account uuid, sent jsonb) returns setof recto.submitted
  language plpgsql set search_path = ''
as $$
declare
  submissions constant recto.submission[] := array(select s from jsonb_populate_recordset(null::recto.submission, sent) s);
  made constant recto.submitted[] := array(select m from recto.insert_generations(claims, account, submissions) m);
begin
  insert into pgboss.job_common (id, name, data, priority, start_after, created_on, keep_until, expire_seconds,
      deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
    select m.id, q.name, jsonb_build_object('generation_id', m.id),
      -- priorityOf in shared/src/queue.ts.
      least(100, greatest(0, (m.admission -> 'priority')::integer)) * 10000000 - least((m.admission -> 'in_flight')::integer, 1000000),
      now(), now(), now() + q.retention_seconds * interval '1 s', q.expire_seconds,
      q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter,
      q.heartbeat_seconds
    from unnest(made) m, pgboss.queue q where q.name = 'generation' and not (m.admission -> 'waiting')::boolean;
  if not found and exists (select from unnest(made) m where not (m.admission -> 'waiting')::boolean) then
    raise exception 'there is no queue of generations';
  end if;
  return query select m.id, m.admission from unnest(made) m;
end
$$;
comment on function recto.submit is
  'Stores generations of the person in `claims`, which the API has verified, and their jobs. For the API alone.';

revoke all on function recto.insert_generations(text, uuid, recto.submission[]), recto.submit(text, uuid, jsonb) from public;
grant execute on function recto.insert_generations(text, uuid, recto.submission[]), recto.submit(text, uuid, jsonb) to recto_api;
