-- A person searches their cards by words and a tag, and gets the newest first. The functions run with the rights of their
-- owner, because row-level security would keep the index from being used (docs/adr/0017-cards-are-found-by-their-letters.md).

-- Some cards of a person that have all keys, words and tags, behind a place of the list: at most so many, in no order.
create function recto.cards_with_keys(
  person uuid, keys integer[], patterns text[], tags_wanted text[], before_time timestamptz, before_id uuid, most integer
) returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = ''
as $$
begin
  return query select c.* from (
      select n.* from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset 0
    ) c where c.user_id = person and (c.created_at, c.id) < (before_time, before_id)
      and c.search_text like all (patterns) and c.tags @> tags_wanted limit most;
end
$$;

-- The same, newest first, where many cards have the keys. It looks through one span of time after the other, from the place
-- back to the oldest card. A span is as long as it can be without reaching behind the place. Where too many cards in it are
-- found, which would all have to be sorted, it becomes so short that it has few cards of the person at all, or a second:
-- shortening it by one level after the other would read the index of a whole deck again for each level. Where there are no
-- cards, no span is looked at.
create function recto.search_spans(
  person uuid, keys integer[], patterns text[], tags_wanted text[], before_time timestamptz, before_id uuid, most integer
) returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = ''
as $$
#variable_conflict use_variable
declare
  enough constant integer := 200;
  near constant integer := 500;
  done bigint;
  second bigint;
  reach bigint;
  level integer;
  hits public.cards[];
begin
  loop
    second := (
      select recto.second_of(n.created_at) from public.cards n where n.user_id = person
        and (n.created_at, n.id) < (before_time, before_id) order by n.created_at desc, n.id desc limit 1
    );
    exit when second is null or most <= 0;
    level := (select coalesce(max(l), 0) from generate_series(1, 12) l where second >> 2 * l < done >> 2 * l);
    hits := array(select c from recto.cards_with_keys(person, keys || recto.span_keys(person, second, level, level), patterns,
      tags_wanted, before_time, before_id, case when level > 0 then enough end) c);
    if level > 0 and cardinality(hits) >= enough then
      reach := (
        select recto.second_of(n.created_at) from public.cards n where n.user_id = person
          and (n.created_at, n.id) < (before_time, before_id) order by n.created_at desc, n.id desc offset near limit 1
      );
      level := (select coalesce(max(l), 0) from generate_series(1, level) l where coalesce((second >> 2 * l) << 2 * l > reach, true));
      hits := array(select c from recto.cards_with_keys(person, keys || recto.span_keys(person, second, level, level), patterns,
        tags_wanted, before_time, before_id, null) c);
    end if;
    return query select h.* from unnest(hits) h order by h.created_at desc, h.id desc limit most;
    most := most - cardinality(hits);
    done := (second >> 2 * level) << 2 * level;
    before_time := to_timestamp(done);
    before_id := '00000000-0000-0000-0000-000000000000';
  end loop;
end
$$;

-- The caller's cards that have every word of a search and the tag, newest first, behind a place of the list. What many cards
-- have stands in some of the newest. What few cards have is found by the index at once. Starting other processes takes longer
-- than all of it.
create function recto.search_cards(query text, tag text, before_time timestamptz, before_id uuid, most integer) returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = '' set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_variable
declare
  walked constant integer := 500;
  few constant integer := 1000;
  caller constant uuid := (select auth.uid());
  words constant text[] := string_to_array(nullif(recto.fold_text(query), ''), ' ');
  patterns constant text[] := array(select '%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' from unnest(words) w);
  tags_wanted constant text[] := array_remove(array[tag], null);
  keys integer[];
  found_rows integer;
begin
  return query select c.* from (
      select n.* from public.cards n where n.user_id = caller and (n.created_at, n.id) < (before_time, before_id)
      order by n.created_at desc, n.id desc limit walked
    ) c where c.search_text like all (patterns) and c.tags @> tags_wanted order by c.created_at desc, c.id desc limit most;
  get diagnostics found_rows = row_count;
  most := most - found_rows;
  select n.created_at, n.id into before_time, before_id from public.cards n
    where n.user_id = caller and (n.created_at, n.id) < (before_time, before_id)
    order by n.created_at desc, n.id desc offset walked - 1 limit 1;
  if most <= 0 or before_id is null then
    return;
  end if;
  keys := recto.query_keys(caller, words, tags_wanted);
  if exists (select from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset few) then
    return query select c.* from recto.search_spans(caller, keys, patterns, tags_wanted, before_time, before_id, most) c;
  else
    return query select c.* from recto.cards_with_keys(caller, keys, patterns, tags_wanted, before_time, before_id, null) c
      order by c.created_at desc, c.id desc limit most;
  end if;
end
$$;
comment on function recto.search_cards is 'The caller''s cards that have every word of a search and the tag, newest first, after a place in the list.';

revoke all on function recto.cards_with_keys(uuid, integer[], text[], text[], timestamptz, uuid, integer),
  recto.search_spans(uuid, integer[], text[], text[], timestamptz, uuid, integer),
  recto.search_cards(text, text, timestamptz, uuid, integer) from public;
grant execute on function recto.search_cards(text, text, timestamptz, uuid, integer) to authenticated;
