-- The caller's schedules of cards with a tag, the earliest due first: of cards that were reviewed and are due, or of
-- cards that never were. A tag of few cards is found by the index of searches. Of a tag of many cards, some stand among
-- the first of all that are due. The function runs with the rights of its owner, because row-level security would keep
-- the index of searches from being used.
create function recto.due_with_tag(tag text, learnt boolean, most integer) returns setof public.card_schedules
  language plpgsql stable security definer rows 20 set search_path = '' set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_variable
declare
  few constant integer := 2000;
  caller constant uuid := (select auth.uid());
  keys constant integer[] := recto.query_keys(caller, '{}', array[tag]);
  latest constant timestamptz := case when learnt then now() else 'infinity' end;
begin
  if exists (select from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset few) then
    return query select s.* from public.card_schedules s
      where s.user_id = caller and s.reviewed = learnt and s.due <= latest
        and (select c.tags @> array[tag] from public.cards c where c.id = s.card_id)
      order by s.due, s.card_id limit most;
  else
    return query select s.* from (
          select n.* from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset 0
        ) c cross join lateral (select * from public.card_schedules h where h.card_id = c.id offset 0) s
      where c.user_id = caller and c.tags @> array[tag] and s.reviewed = learnt and s.due <= latest
      order by s.due, s.card_id limit most;
  end if;
end
$$;
comment on function recto.due_with_tag is
  'The caller''s schedules of cards with a tag, the earliest due first: of those that are due, or that were never reviewed.';
revoke all on function recto.due_with_tag(text, boolean, integer) from public;
grant execute on function recto.due_with_tag(text, boolean, integer) to authenticated;
