-- What the API reads about generations.

-- `reader` is how an answer finds its caller, because a generation of a sharing team has several readers. The place in
-- the queue is looked up only for a generation that waits.
create view recto.generations with (security_invoker = true) as
  select g.user_id, g.id, g.kind, g.status, g.model, g.prompt_version, g.options, g.attempts, g.suggestions_count,
    g.tokens_input, g.tokens_output, g.cost_usd,
    g.ai_metadata, case when g.waiting and g.finished_at is null then to_jsonb(recto.waiting_place(g.id)) end as waiting,
    g.error, g.created_at, g.started_at, g.finished_at, g.updated_at,
    g.account_id, (select auth.uid()) as reader
  from public.ai_generations g;
comment on view recto.generations is
  'A generation as the API answers it. Shows each reader what row level security shows them.';
revoke all on recto.generations from public, anon, authenticated, service_role;
grant select on recto.generations to authenticated;

-- A request names its generation. The transaction that answers it names the account.
create function recto.account_of_generation(generation_id uuid) returns uuid
  language sql stable security definer set search_path = ''
as $$
  select account_id from public.ai_generations where id = generation_id
$$;
comment on function recto.account_of_generation is 'For API and worker, which never answer it to anyone.';
revoke all on function recto.account_of_generation(uuid) from public;
grant execute on function recto.account_of_generation(uuid) to recto_api, recto_worker;

-- Frontends mostly read a status, so concurrent reads of many people travel as one statement. The function becomes each
-- caller in turn, as a transaction of their own would: the claims at position n read the id at position n.
create function recto.read_generations(claims text[], ids uuid[]) returns setof recto.generations
  language plpgsql set search_path = '' set role = 'authenticated'
as $$
begin
  perform set_config('recto.across_accounts', 'readers', true);
  for n in 1 .. cardinality(ids) loop
    perform set_config('request.jwt.claims', claims[n], true);
    return query select * from recto.generations g where g.id = ids[n];
  end loop;
end
$$;
comment on function recto.read_generations is
  'What each caller sees of a generation, for the callers who see it. An answer finds its caller by the column reader.';
revoke all on function recto.read_generations(text[], uuid[]) from public;
grant execute on function recto.read_generations(text[], uuid[]) to recto_api;
