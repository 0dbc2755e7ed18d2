-- Reading a status is what frontends do most: the reads of many people that meet travel as one statement.

create view recto.generations with (security_invoker = true) as
  select g.user_id, g.id, g.status, g.model, g.prompt_version, g.options, g.attempts,
    (select count(*)::integer from public.ai_suggestions s where s.generation_id = g.id) as suggestions_count,
    g.tokens_input, g.tokens_output, g.cost_usd, g.ai_metadata, g.error, g.created_at, g.started_at, g.finished_at, g.updated_at
  from public.ai_generations g;
comment on view recto.generations is 'A generation as the API answers it. Shows what row-level security shows to whoever reads it.';
revoke all on recto.generations from public, anon, authenticated, service_role;
grant select on recto.generations to authenticated;

-- Becomes each of the callers in turn, as a transaction of their own would: claims[n] reads ids[n].
create function recto.read_generations(claims text[], ids uuid[]) returns setof recto.generations
  language plpgsql set search_path = '' set role = 'authenticated'
as $$
begin
  for n in 1 .. cardinality(ids) loop
    perform set_config('request.jwt.claims', claims[n], true);
    return query select * from recto.generations g where g.id = ids[n];
  end loop;
end
$$;
comment on function recto.read_generations is 'Each caller''s own generation, for those of them who have it. The rows carry user_id, by which an answer finds its caller.';
revoke all on function recto.read_generations(text[], uuid[]) from public;
grant execute on function recto.read_generations(text[], uuid[]) to recto_api;
