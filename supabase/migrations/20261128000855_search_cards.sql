-- A person searches their cards by words and a tag, and gets the newest first. The functions run with the rights of their
-- owner, because row-level security would keep the index from being used (docs/adr/0017-cards-are-found-by-their-letters.md).
-- A search that has read enough before it has found enough ends with a row that has nothing but an id and a time of creation:
-- called again with this place of the list, it goes on.

-- The second that a card of a person was made in, so many cards behind a place of the list; null behind the last card.
create function recto.second_behind(person uuid, before_time timestamptz, before_id uuid, skipped integer) returns bigint
  language plpgsql stable security definer set search_path = ''
as $$
begin
  -- The second is taken of one row. Beside the offset it would be taken of all that are skipped.
  return (select recto.second_of(c.created_at) from (
      select n.created_at from public.cards n where n.user_id = person and (n.created_at, n.id) < (before_time, before_id)
      order by n.created_at desc, n.id desc offset skipped limit 1
    ) c);
end
$$;

-- Looks through one span of time after the other, from a place back to the oldest card, until it has read enough. Spans
-- become longer where few cards have all keys. Where many have, which would all have to be read, a span becomes so short that
-- it has few cards of the person at all, or a second. Where there are no cards, no span is looked at. The key of the span has a
-- condition of its own: the index then leaves out what lies between the cards of the span and those with the other keys.
create function recto.search_spans(
  person uuid, keys integer[], patterns text[], tags_wanted text[], before_time timestamptz, before_id uuid, level integer, most integer
) returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = ''
as $$
#variable_conflict use_variable
declare
  many constant integer := 2000;
  second bigint;
  reach bigint;
  dense bigint;
  highest integer := 12;
  span integer[];
  candidates integer;
  to_read integer := 3000;
  found_rows integer;
  place public.cards;
begin
  loop
    second := recto.second_behind(person, before_time, before_id, 0);
    exit when second is null or most <= 0;
    if to_read <= 0 then
      place.created_at := before_time;
      place.id := before_id;
      return next place;
      exit;
    end if;
    -- In a span that had too many cards, none of its length is tried again.
    highest := case when second >= dense then highest else 12 end;
    level := least(level, highest);
    span := recto.span_keys(person, second, level, level);
    candidates := (select count(*) from (
        select from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> span
          and recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys limit many
      ) c);
    if candidates = many and level > 0 then
      dense := (second >> 2 * level) << 2 * level;
      highest := level - 1;
      reach := coalesce(recto.second_behind(person, before_time, before_id, many), -1);
      level := (select coalesce(max(l), 0) from generate_series(1, highest) l where (second >> 2 * l) << 2 * l > reach);
      span := recto.span_keys(person, second, level, level);
      candidates := many / 2;
    end if;
    if candidates > 0 then
      return query select c.* from (
          select n.* from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> span
            and recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset 0
        ) c where c.user_id = person and (c.created_at, c.id) < (before_time, before_id)
          and c.search_text like all (patterns) and c.tags @> tags_wanted
        order by c.created_at desc, c.id desc limit most;
      get diagnostics found_rows = row_count;
      most := most - found_rows;
    end if;
    to_read := to_read - candidates;
    before_time := to_timestamp((second >> 2 * level) << 2 * level);
    before_id := '00000000-0000-0000-0000-000000000000';
    level := level + case when candidates = 0 then 2 when candidates < many / 4 then 1 else 0 end;
  end loop;
end
$$;

-- The caller's cards that have every word of a search and the tag, behind a place of the list. What many cards have stands in
-- some of the newest. The first span behind these is a little longer than the time that they took. Starting other processes
-- takes longer than all of it.
create function recto.search_cards(query text, tag text, before_time timestamptz, before_id uuid, most integer)
  returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = '' set max_parallel_workers_per_gather = 0
  set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_variable
declare
  walked constant integer := 500;
  caller constant uuid := (select auth.uid());
  words constant text[] := string_to_array(nullif(recto.fold_text(query), ''), ' ');
  patterns constant text[] := array(select '%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' from unnest(words) w);
  tags_wanted constant text[] := array_remove(array[tag], null);
  took bigint := recto.second_behind(caller, before_time, before_id, 0);
  found_rows integer;
begin
  return query select c.* from (
      select n.* from public.cards n where n.user_id = caller and (n.created_at, n.id) < (before_time, before_id)
      order by n.created_at desc, n.id desc limit walked
    ) c where c.search_text like all (patterns) and c.tags @> tags_wanted order by c.created_at desc, c.id desc limit most;
  get diagnostics found_rows = row_count;
  select n.created_at, n.id into before_time, before_id from public.cards n
    where n.user_id = caller and (n.created_at, n.id) < (before_time, before_id)
    order by n.created_at desc, n.id desc offset walked - 1 limit 1;
  if found_rows = most or before_id is null then
    return;
  end if;
  took := took - recto.second_of(before_time);
  return query select c.* from recto.search_spans(caller, recto.query_keys(caller, words, tags_wanted), patterns, tags_wanted,
    before_time, before_id, (select coalesce(max(l), 0) from generate_series(1, 12) l where 1 << 2 * (l - 1) <= took), most - found_rows) c;
end
$$;
comment on function recto.search_cards is
  'The caller''s cards that have every word of a search and the tag, newest first, after a place in the list. A last row without a front: where the search goes on.';

revoke all on function recto.second_behind(uuid, timestamptz, uuid, integer),
  recto.search_spans(uuid, integer[], text[], text[], timestamptz, uuid, integer, integer),
  recto.search_cards(text, text, timestamptz, uuid, integer) from public;
grant execute on function recto.search_cards(text, text, timestamptz, uuid, integer) to authenticated;
