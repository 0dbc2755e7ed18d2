-- How cards are searched: without regard to case, accents and white space, in any script, and for parts of words. No
-- extension is behind this: unaccent may not be there, and pg_trgm has no index for words of one or two characters.

-- The text that a search compares. Two texts that differ only in case, accents, Arabic or Hebrew vowel signs, width or white
-- space have the same. The marks of kana and the parts of Hangul stay, because they make other letters.
create function recto.fold_text(txt text) returns text
  language plpgsql immutable parallel safe cost 500 set search_path = ''
as $$
begin
  txt := regexp_replace(normalize(txt, NFKD),
    '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]',
    '', 'g');
  txt := lower(normalize(txt, NFC) collate "und-x-icu");
  txt := translate(txt, 'łøđħıςٱىة', 'lodhiσايه');
  txt := replace(replace(replace(replace(txt, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
  return btrim(regexp_replace(txt, '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g'), ' ');
end
$$;
comment on function recto.fold_text is 'A text without case, accents, vowel signs and repeated white space, as searches compare it.';

-- The whole seconds from 1970 to a time.
create function recto.second_of(moment timestamptz) returns bigint
  language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  return floor(extract(epoch from moment - timestamptz '1970-01-01 00:00:00+00'));
end
$$;

-- The keys of the spans of time that a second is in, from one level to another. A span of level 0 is a second, and one
-- of each further level four of the level below. The longest, of level 12, are 194 days.
create function recto.span_keys(person uuid, second bigint, lowest integer, highest integer) returns integer[]
  language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  salt constant integer := hashtext(person::text);
begin
  return array(select hashint8(((second >> 2 * level) << 4) + level) # salt from generate_series(lowest, highest) level);
end
$$;

-- Every one, two and three characters in a row of a folded text, the tags, and the spans of time that the card was made in,
-- as numbers. The person is part of each number, so that an index over the cards of everybody is as fast as one over the
-- cards of one person. Different parts may have the same number: who finds rows by them compares the texts too. The cost is
-- far above the real one, so that no plan computes the keys of every card.
create function recto.card_keys(person uuid, folded text, tags text[], made timestamptz) returns integer[]
  language plpgsql immutable parallel safe cost 10000 set search_path = ''
as $$
declare
  letters constant text[] := string_to_array(folded, null);
  salt constant integer := hashtext(person::text);
begin
  return array(select hashtext(a) # salt from unnest(letters) a)
    || array(select hashtext(a || b) # salt from unnest(letters, letters[2:]) l (a, b) where b is not null)
    || array(select hashtext(a || b || c) # salt from unnest(letters, letters[2:], letters[3:]) l (a, b, c) where c is not null)
    || array(select hashtext('tag ' || t) # salt from unnest(tags) t)
    || recto.span_keys(person, recto.second_of(made), 0, 12);
end
$$;
comment on function recto.card_keys is
  'Of a card: every one, two and three characters in a row, its tags and its spans of time. The index of searches is made of them.';

-- Each word in pieces of three characters and its last three, or a shorter word itself: most words in Japanese have one
-- or two. Pieces that overlap more would keep few more cards away. Each piece takes its time in the index, so that no
-- search has more than four: the first of each word, of longer words before shorter ones, then the second of each. A
-- single letter from a to z stands in most cards, and is a key only where no word is longer.
create function recto.query_keys(person uuid, words text[], tags text[]) returns integer[]
  language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  most constant integer := 4;
  salt constant integer := hashtext(person::text);
begin
  return array(
      select hashtext(piece) # salt
      from unnest(words) w, greatest(char_length(w) - 2, 1) last,
        lateral (select generate_series(1, last, 3) union select last) start (n), substr(w, n, 3) piece
      where w !~ '^[a-z]$' or char_length(array_to_string(words, '')) = cardinality(words)
      group by piece order by min(n), max(octet_length(w)) desc, piece limit most
    ) || array(select hashtext('tag ' || t) # salt from unnest(tags) t);
end
$$;
comment on function recto.query_keys is 'The keys that every card has which a search finds.';

revoke all on function recto.fold_text(text), recto.card_keys(uuid, text, text[], timestamptz), recto.query_keys(uuid, text[], text[]),
  recto.second_of(timestamptz), recto.span_keys(uuid, bigint, integer, integer) from public;
-- A generated column and an index are computed with the rights of the role that writes the row.
grant execute on function recto.fold_text(text), recto.card_keys(uuid, text, text[], timestamptz),
  recto.second_of(timestamptz), recto.span_keys(uuid, bigint, integer, integer) to authenticated;
