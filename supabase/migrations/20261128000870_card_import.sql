-- The same UUID for the same name (version 8 of RFC 9562).
create function recto.named_uuid(name text) returns uuid
  language plpgsql immutable set search_path = ''
as $$
begin
  return overlay(overlay(md5(name) placing '8' from 13) placing '8' from 17)::uuid;
end
$$;

-- Stores cards of a file as the caller's: [{"guid": …, "front": …, "back": …, "source_quote": …, "tags": […]}]. A guid
-- names a card of the caller by its id, or else a card that the same guid has made before: the file says what front,
-- back and tags it has now, and its quote stays; without tags (null) these stay too. A card without a guid is added
-- unless the caller has it already. So a file that is imported again adds nothing. Each new card is made a microsecond
-- after the one before it in the file, so that lists and files of the person's cards have them in the same order.
create function recto.import_cards(cards jsonb, out created integer, out updated integer, out unchanged integer)
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  began constant timestamptz := clock_timestamp();
begin
  perform recto.hold_off_erasure(caller);
  with sent as materialized (
    select distinct on (s.id) s.* from (
      select c.guid is not null as keyed, c.front, c.back, c.source_quote, c.tags, began + c.n * interval '1 microsecond' as made,
        coalesce(own.id, same.id, recto.named_uuid(caller::text || coalesce(' ' || c.guid, E'\n' || c.front || E'\n' || c.back))) as id
      from rows from (jsonb_to_recordset(cards) as (guid text, front text, back text, source_quote text, tags text[])) with ordinality
          as c (guid, front, back, source_quote, tags, n)
        left join public.cards own on own.id = case when pg_input_is_valid(c.guid, 'uuid') then c.guid::uuid end and own.user_id = caller
        left join lateral (
          select e.id from public.cards e
          where c.guid is null and e.user_id = caller and e.front = c.front and e.back = c.back
            and hashtextextended(e.search_text, 0) = hashtextextended(recto.fold_text(left(c.front, 200) || E'\n' || left(c.back, 500)), 0)
          limit 1
        ) same on true
    ) s order by s.id, s.made
  ), changed as (
    update public.cards k set front = s.front, back = s.back, tags = coalesce(s.tags, k.tags) from sent s
      where k.id = s.id and k.user_id = caller and s.keyed
        and (k.front, k.back, k.tags) is distinct from (s.front, s.back, coalesce(s.tags, k.tags))
      returning 1
  ), added as (
    insert into public.cards (id, user_id, front, back, source_quote, tags, created_at, updated_at)
      select s.id, caller, s.front, s.back, s.source_quote, coalesce(s.tags, '{}'), s.made, s.made from sent s order by s.made
      on conflict (id) do nothing returning 1
  )
  select (select count(*) from added), (select count(*) from changed) into created, updated;
  unchanged := jsonb_array_length(cards) - created - updated;
end
$$;
comment on function recto.import_cards is 'Stores some hundred cards of a file as the caller''s, and counts what that changed.';
revoke all on function recto.named_uuid(text), recto.import_cards(jsonb) from public;
grant execute on function recto.import_cards(jsonb) to authenticated;
