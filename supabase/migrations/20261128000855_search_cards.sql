-- A person searches their cards by words and a tag, and gets the newest first. The functions run with the rights of
-- their owner, because row-level security would keep the index from being used
-- (docs/adr/0017-cards-are-found-by-their-letters.md). A search that has read enough, or has taken long enough, before
-- it has found enough ends with a row that has nothing but an id and a time of creation: called again with this place
-- of the list, it goes on. Within the functions, too, a place is such a row.

-- The second that a card of a person was made in, so many cards behind a place of the list; null behind the last card.
create function recto.second_behind(person uuid, place public.cards, skipped integer) returns bigint
  language plpgsql stable security definer set search_path = ''
as $$
begin
  -- The second is taken of one row. Beside the offset it would be taken of all that are skipped.
  return (select recto.second_of(c.created_at) from (
      select n.created_at from public.cards n where n.user_id = person and (n.created_at, n.id) < (place.created_at, place.id)
      order by n.created_at desc, n.id desc offset skipped limit 1
    ) c);
end
$$;

-- The place of the list that is so many cards of a person behind another.
create function recto.place_behind(person uuid, place public.cards, walked integer) returns public.cards
  language plpgsql stable security definer set search_path = ''
as $$
begin
  select n.created_at, n.id into place.created_at, place.id from public.cards n
    where n.user_id = person and (n.created_at, n.id) < (place.created_at, place.id)
    order by n.created_at desc, n.id desc offset walked - 1 limit 1;
  return place;
end
$$;

-- Of so many cards of a person behind a place of the list, those that a search finds. The index of searches is not asked.
create function recto.search_next(person uuid, patterns text[], tags_wanted text[], place public.cards, walk integer, most integer)
  returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = ''
as $$
begin
  return query select c.* from (
      select n.* from public.cards n where n.user_id = person and (n.created_at, n.id) < (place.created_at, place.id)
      order by n.created_at desc, n.id desc limit walk
    ) c where c.search_text like all (patterns) and c.tags @> tags_wanted order by c.created_at desc, c.id desc limit most;
end
$$;

-- How many cards of a span of time have all keys, up to a number. The key of the span has a condition of its own: the
-- index then leaves out what lies between the cards of the span and those with the other keys.
create function recto.count_span(person uuid, second bigint, level integer, keys integer[], most integer) returns integer
  language plpgsql stable security definer set search_path = ''
as $$
declare
  span constant integer[] := recto.span_keys(person, second, level, level);
begin
  return (select count(*) from (
      select from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> span
        and recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys limit most
    ) c);
end
$$;

-- Of the cards of a span of time that have all keys, those behind a place of the list that a search finds.
create function recto.search_span(
  person uuid, second bigint, level integer, keys integer[], patterns text[], tags_wanted text[], place public.cards, most integer
) returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = ''
as $$
declare
  span constant integer[] := recto.span_keys(person, second, level, level);
begin
  return query select c.* from (
      select n.* from public.cards n where recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> span
        and recto.card_keys(n.user_id, n.search_text, n.tags, n.created_at) @> keys offset 0
    ) c where c.user_id = person and (c.created_at, c.id) < (place.created_at, place.id)
      and c.search_text like all (patterns) and c.tags @> tags_wanted
    order by c.created_at desc, c.id desc limit most;
end
$$;

-- The level of the spans of time that are longer than so many seconds, and at most four times as long.
create function recto.level_above(seconds bigint) returns integer
  language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  return (select coalesce(max(l), 0) from generate_series(1, 12) l where 1 << 2 * (l - 1) <= seconds);
end
$$;

-- The place of the list behind all cards of a span of time.
create function recto.place_before(second bigint, level integer) returns public.cards
  language plpgsql stable set search_path = ''
as $$
declare
  place public.cards;
begin
  place.created_at := to_timestamp((second >> 2 * level) << 2 * level);
  place.id := '00000000-0000-0000-0000-000000000000';
  return place;
end
$$;

-- Whether a page ends here: with all of its 6,000 reads done, or by the clock. The clock ends no page that has read
-- little, has few cards left, or whose last step was short: otherwise a search for a rare word would have more pages on
-- a busy machine.
create function recto.page_over(person uuid, place public.cards, to_read integer, step_began timestamptz) returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return to_read <= 0 or to_read < 5000 and clock_timestamp() - step_began > interval '1 ms'
    and clock_timestamp() - statement_timestamp() > interval '10 ms' and recto.second_behind(person, place, 2000) is not null;
end
$$;

-- Goes through the cards behind a place of the list, to the oldest. It walks through the next cards themselves, or asks
-- the index for those of the next span of time that have all keys. It walks first, again where cards lie far closer
-- together than before (what many have stands in some of the next), and where many of a span have all keys: no span as
-- long is then tried within it.
create function recto.search_from(person uuid, keys integer[], patterns text[], tags_wanted text[], place public.cards, most integer)
  returns setof public.cards language plpgsql stable security definer rows 20 set search_path = ''
as $$
declare
  many constant integer := 2000;
  to_read integer := 6000; -- reads that are left of this page
  walk integer := many / 4; -- cards to walk through next; 0: ask the index
  walked integer := 0; -- cards that the last step walked through; 0: it asked the index
  second bigint; -- when the next card was made
  level integer; -- of the next span
  longer integer; -- the level to go back to, where a walk has come between spans
  dense bigint; -- where the last span with too many candidates begins: until there,
  highest integer := 12; -- no span of a level above this is asked for
  step_began timestamptz;
  candidates integer;
  found_rows integer;
begin
  loop
    second := recto.second_behind(person, place, 0);
    exit when second is null or most <= 0;
    level := least(level, case when second >= dense then highest else 12 end);
    if recto.page_over(person, place, to_read, step_began) then
      return next place;
      exit;
    end if;
    step_began := clock_timestamp();
    if walk > 0 or level < 0 then
      walked := case when walk > 0 then walk else many end;
      return query select c.* from recto.search_next(person, patterns, tags_wanted, place, walked, most) c;
      get diagnostics found_rows = row_count;
      most := most - found_rows;
      exit when most <= 0;
      place := recto.place_behind(person, place, walked);
      level := recto.level_above(second - recto.second_of(place.created_at));
      to_read := to_read - walked;
      walk := 0;
    elsif walked = 0 and longer is null and 1 << 2 * level > 256 * (second - recto.second_behind(person, place, many / 4)) then
      longer := level;
      walk := many / 4;
    else
      candidates := recto.count_span(person, second, level, keys, many);
      if candidates >= coalesce(nullif(walked / 2, 0), many) then
        dense := (second >> 2 * level) << 2 * level;
        highest := level - 1;
        walk := many;
      else
        return query select c.* from recto.search_span(person, second, level, keys, patterns, tags_wanted, place, least(most, candidates)) c;
        get diagnostics found_rows = row_count;
        most := most - found_rows;
        to_read := to_read - candidates - 200;
        place := recto.place_before(second, level);
        longer := case when walked > 0 then longer end;
        level := case when candidates >= many / 4 or clock_timestamp() - step_began > interval '2 ms' then level
          else coalesce(longer, level + case when candidates = 0 then 2 else 1 end) end;
      end if;
      walked := 0;
    end if;
  end loop;
end
$$;

-- The caller's cards that have every word of a search and the tag, behind a place of the list. Starting other processes takes
-- longer than all of it.
create function recto.search_cards(query text, tag text, before_time timestamptz, before_id uuid, most integer)
  returns setof public.cards
  language plpgsql stable security definer rows 20 set search_path = '' set max_parallel_workers_per_gather = 0
  set plan_cache_mode = force_generic_plan
as $$
declare
  caller constant uuid := (select auth.uid());
  words constant text[] := string_to_array(nullif(recto.fold_text(query), ''), ' ');
  patterns constant text[] := array(select '%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%' from unnest(words) w);
  tags_wanted constant text[] := array_remove(array[tag], null);
  place public.cards;
begin
  place.created_at := before_time;
  place.id := before_id;
  return query select c.* from recto.search_from(caller, recto.query_keys(caller, words, tags_wanted), patterns, tags_wanted, place, most) c;
end
$$;
comment on function recto.search_cards is
  'The caller''s cards that have every word of a search and the tag, newest first, after a place in the list. A last row without a front: where the search goes on.';

revoke all on function recto.second_behind(uuid, public.cards, integer), recto.place_behind(uuid, public.cards, integer),
  recto.search_next(uuid, text[], text[], public.cards, integer, integer), recto.count_span(uuid, bigint, integer, integer[], integer),
  recto.search_span(uuid, bigint, integer, integer[], text[], text[], public.cards, integer), recto.level_above(bigint),
  recto.place_before(bigint, integer), recto.page_over(uuid, public.cards, integer, timestamptz),
  recto.search_from(uuid, integer[], text[], text[], public.cards, integer),
  recto.search_cards(text, text, timestamptz, uuid, integer) from public;
grant execute on function recto.search_cards(text, text, timestamptz, uuid, integer) to authenticated;
