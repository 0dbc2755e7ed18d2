-- What workers write for many runs at once. A batch locks in the documented order (…_foundation.sql), and each list of
-- it by id.

-- Writes the ends of calls. The cost of each moves from reserved to spent (…_spending.sql).
create function recto.finish_calls(calls jsonb) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform from public.ai_calls a where a.id in (select c.id from jsonb_to_recordset(calls) as c (id uuid))
    order by a.id for no key update;
  update public.ai_calls a
    set outcome = c.outcome, http_status = c.http_status, provider_request_id = c.provider_request_id, model_served = c.model_served,
      tokens_input = c.tokens_input, tokens_output = c.tokens_output, tokens_reasoning = c.tokens_reasoning,
      tokens_cached = c.tokens_cached, cost_usd = c.cost_usd, cost_source = c.cost_source, latency_ms = c.latency_ms,
      first_token_ms = c.first_token_ms, error = c.error, settle_after = now() + make_interval(secs => c.settle_ms / 1000),
      finished_at = clock_timestamp()
    from jsonb_to_recordset(calls) as c (id uuid, outcome text, http_status integer, provider_request_id text, model_served text,
      tokens_input integer, tokens_output integer, tokens_reasoning integer, tokens_cached integer, cost_usd numeric, cost_source text,
      latency_ms integer, first_token_ms integer, error jsonb, settle_ms float8)
    where a.id = c.id;
end
$$;

-- Ends runs: writes their last calls, and their status with the totals over all calls, and deletes their jobs. A run whose
-- status becomes pending keeps its job. Of a run without a status, or whose fence is gone (`held` is false), it writes calls
-- and totals only, and `said` as the output when a person has cancelled the generation during this attempt. A single run
-- waits for what somebody else has locked. Tokens that no integer can hold are as many as it can: whatever providers claim
-- to have used, a run ends. Of several runs, those whose generation is locked are left out and get no row,
-- and the wait for any other lock is short: each may then be sent by itself.
create function recto.finish_runs(runs jsonb)
  returns table (id uuid, attempt integer, held boolean, tokens integer, cost_usd text, others_wait boolean, has_webhooks boolean)
  language plpgsql set search_path = ''
as $$
declare
  ids uuid[] := array(select r.id from jsonb_to_recordset(runs) as r (id uuid));
begin
  if cardinality(ids) = 1 then
    perform from public.ai_generations g where g.id = any (ids) for no key update;
  else
    perform set_config('lock_timeout', '1s', true);
    ids := array(select g.id from public.ai_generations g where g.id = any (ids) order by g.id for no key update skip locked);
  end if;
  perform recto.finish_calls(coalesce(jsonb_agg(call), '[]')) from jsonb_to_recordset(runs) as r (id uuid, calls jsonb),
    jsonb_array_elements(r.calls) as call where r.id = any (ids);
  perform from pgboss.job_common j where j.name = 'generation' and j.id = any (ids) and j.state = 'active' order by j.id for update;
  return query
  -- Of two deliveries of one generation, the newer one decides. The older one gets no row.
  with ended as materialized (
    select distinct on (r.id) r.*, coalesce(g.status = 'running' and g.attempts = r.attempt and r.status is not null, false) as held
    from jsonb_to_recordset(runs) as r (id uuid, attempt integer, retry_count integer, delivered_at timestamptz, status text,
        error jsonb, metadata jsonb, output jsonb, said jsonb, suggestions integer, wait_reason text, wait_class text, wait_seconds integer)
      left join public.ai_generations g on g.id = r.id
    where r.id = any (ids) order by r.id, r.attempt desc
  ), deleted as (
    delete from pgboss.job_common j using ended e
      where j.name = 'generation' and j.id = e.id and j.state = 'active' and j.retry_count = e.retry_count
        and date_trunc('milliseconds', j.started_on) = e.delivered_at and not (e.held and e.status = 'pending')
  )
  update public.ai_generations g
    set (tokens_input, tokens_output, cost_usd) = (
        select recto.as_integer(sum(c.tokens_input)), recto.as_integer(sum(c.tokens_output)), coalesce(sum(c.cost_usd), 0)
        from public.ai_calls c where c.generation_id = g.id
      ),
      status = case when e.held then e.status else g.status end,
      finished_at = case when e.held and e.status <> 'pending' then clock_timestamp() else g.finished_at end,
      ai_metadata = case when not e.held then g.ai_metadata
        when e.status = 'pending' then recto.waiting_metadata(e.wait_reason, e.wait_class, e.wait_seconds) else e.metadata end,
      error = case when e.held then e.error else g.error end,
      output = case when e.held then e.output
        when g.status = 'cancelled' and g.attempts = e.attempt and g.input is not null and e.said is not null then e.said
        else g.output end,
      suggestions_count = case when e.held and e.status = 'succeeded' then e.suggestions else g.suggestions_count end
    from ended e where g.id = e.id
    returning g.id, e.attempt, e.held, recto.as_integer(g.tokens_input::bigint + g.tokens_output), trim_scale(g.cost_usd)::text, exists (
      select from public.ai_generations w where w.account_id = g.account_id and w.waiting and w.finished_at is null
    ), exists (select from public.webhook_endpoints e where e.account_id = g.account_id and e.enabled);
end
$$;

revoke all on function recto.finish_calls(jsonb), recto.finish_runs(jsonb) from public;
grant execute on function recto.finish_calls(jsonb), recto.finish_runs(jsonb) to recto_worker;
