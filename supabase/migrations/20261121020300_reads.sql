-- What people read now that there are teams and places to wait for.

-- How many of the account's waiting generations come before one, itself counted: people take turns, the k-th of each before
-- the k+1-th of any. Null for what does not wait, or is of an account that is not the caller's.
create function recto.waiting_of(generation uuid) returns jsonb
  language sql stable security definer set search_path = ''
as $$
  with mine as (
    select g.id, g.account_id from public.ai_generations g
    where g.id = generation and g.waiting and g.finished_at is null and recto.may_use(g.account_id, (select auth.uid()))
  ), turns as (
    select o.id, row_number() over (order by o.turn, o.created_at, o.id) as place
    from (
      select w.id, w.created_at, row_number() over (partition by w.user_id order by w.created_at, w.id) as turn
      from public.ai_generations w, mine
      where w.account_id = mine.account_id and w.waiting and w.finished_at is null
    ) o
  )
  select jsonb_build_object('place', turns.place, 'estimated_start_at', to_char(
    (now() + make_interval(secs => pulse.run_seconds::float8
      * coalesce(ceil(turns.place::numeric / (recto.plan_of(mine.account_id)).concurrent), 0)::float8)) at time zone 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  from mine join turns using (id), recto.pulse
$$;
comment on function recto.waiting_of is 'Where a waiting generation stands: {place, estimated_start_at}, by how long runs take of late.';
revoke all on function recto.waiting_of(uuid) from public;
grant execute on function recto.waiting_of(uuid) to authenticated;

-- reader: by whom an answer finds its caller, since a generation of a sharing team has several. Only what waits is asked for its place.
create or replace view recto.generations with (security_invoker = true) as
  select g.user_id, g.id, g.status, g.model, g.prompt_version, g.options, g.attempts,
    (select count(*)::integer from public.ai_suggestions s where s.generation_id = g.id) as suggestions_count,
    g.tokens_input, g.tokens_output, g.cost_usd,
    case when g.waiting and g.finished_at is null
      then g.ai_metadata || jsonb_build_object('waiting', recto.waiting_of(g.id)) else g.ai_metadata end as ai_metadata,
    g.error, g.created_at, g.started_at, g.finished_at, g.updated_at,
    g.account_id, (select auth.uid()) as reader
  from public.ai_generations g;

comment on function recto.read_generations is 'What each caller sees of a generation, for those of them who see it. The rows carry their reader, by which an answer finds its caller.';
