-- Cards are what a person learns: accepted suggestions, and cards of their own. They belong to the person alone, also
-- where the suggestion came from the account of a team.

-- The characters are those of the check source_text_not_blank.
create function recto.card_side_valid(side text, most integer) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return coalesce(char_length(side) between 1 and most
    and side ~ '[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]', false);
end
$$;

-- Tags have no white space, because Anki separates them by it.
create function recto.tags_valid(tags text[]) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return cardinality(tags) = 0 or coalesce(cardinality(tags) <= 20 and array_ndims(tags) = 1
    and (select bool_and(char_length(t) between 1 and 50
        and t !~ '[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]')
      and count(distinct t) = count(*) and count(t) = count(*) from unnest(tags) t), false);
end
$$;

create table public.cards (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  suggestion_id uuid unique references public.ai_suggestions (id) on delete set null,
  front text not null,
  back text not null,
  origin text not null default 'manual',
  source_quote text,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Generated before the length is checked, and nobody shall pay for folding what is far too long.
  search_text text not null generated always as (recto.fold_text(left(front, 200) || E'\n' || left(back, 500))) stored,

  constraint front_length check (recto.card_side_valid(front, 200)),
  constraint back_length check (recto.card_side_valid(back, 500)),
  constraint tags_shape check (recto.tags_valid(tags)),
  constraint origin_known check (origin in ('manual', 'ai', 'ai_edited')),
  constraint source_quote_length check (char_length(source_quote) between 1 and 10000),
  -- A card of the person's own may have a quote all the same: an imported file has one.
  constraint manual_has_no_suggestion check (origin <> 'manual' or suggestion_id is null)
);
comment on table public.cards is
  'What a person learns. People write front, back and tags of their own cards; public.review_suggestions makes cards of suggestions.';
comment on column public.cards.suggestion_id is 'Null for a card that a person wrote, and once the generation is deleted.';
comment on column public.cards.origin is
  'manual: written by the person. ai: as the model wrote it. ai_edited: of the model, and changed at its review or later.';
comment on column public.cards.updated_at is 'When front, back or tags last changed. The ETag is made of it.';
comment on column public.cards.search_text is 'Front and back as searches compare them.';

create index idx_cards_user_created on public.cards (user_id, created_at desc, id desc);
-- Finds an equal card. The whole text would not fit into an index.
create index idx_cards_user_text on public.cards (user_id, hashtextextended(search_text, 0));
-- A search reads the list of rows that are not sorted in yet, so that is kept short. The planner needs no statistics of the
-- keys: search_cards leaves it no choice.
create index idx_cards_search on public.cards using gin (recto.card_keys(user_id, search_text, tags, created_at))
  with (gin_pending_list_limit = 256);
alter index public.idx_cards_search alter column 1 set statistics 0;

-- Whoever changes a card: its version grows, also when the clock was set back, and a card of a model says that it was
-- changed, or is again as the model wrote it.
create function recto.guard_card() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  if old.origin <> 'manual' and (old.front, old.back) is distinct from (new.front, new.back) then
    new.origin := case when (new.front, new.back) = (select s.front, s.back from public.ai_suggestions s where s.id = new.suggestion_id)
      then 'ai' else 'ai_edited' end;
  end if;
  return new;
end
$$;
create trigger guard_card before update of front, back, tags on public.cards for each row
  when ((old.front, old.back, old.tags) is distinct from (new.front, new.back, new.tags)) execute function recto.guard_card();

-- Whoever adds cards: nobody fills the disk with them. Statements that add more than a hundred cards of a person wait for one
-- another, so that each counts what the one before has added. A smaller one waits for nobody, as a review should not wait for
-- an import: what such statements add at the same moment may be above the bound.
create function recto.limit_cards() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  most constant integer := (select s.cards_per_person from recto.settings s);
begin
  perform recto.lock_many_cards(m.user_id)
    from (select a.user_id from added a group by a.user_id having count(*) > 100 order by a.user_id) m;
  if exists (
    select from (select distinct a.user_id from added a) p
    where exists (select from public.cards c where c.user_id = p.user_id order by c.created_at desc, c.id desc offset most limit 1)
  ) then
    raise exception 'a person may have at most % cards', most using errcode = 'PT403', detail = '{"code": "plan_limit"}';
  end if;
  return null;
end
$$;
create trigger limit_cards after insert on public.cards referencing new table as added
  for each statement execute function recto.limit_cards();

revoke all on function recto.card_side_valid(text, integer), recto.tags_valid(text[]), recto.guard_card(), recto.limit_cards() from public;
grant execute on function recto.card_side_valid(text, integer), recto.tags_valid(text[]) to authenticated;

alter table public.cards enable row level security;
revoke all on public.cards from public, anon, authenticated, service_role;
grant select, delete, insert (front, back, tags), update (front, back, tags) on public.cards to authenticated;
create policy "people read their own cards" on public.cards for select to authenticated
  using ((select auth.uid()) = user_id);
create policy "people write cards of their own" on public.cards for insert to authenticated
  with check ((select auth.uid()) = user_id);
create policy "people change their own cards" on public.cards for update to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create policy "people delete their own cards" on public.cards for delete to authenticated
  using ((select auth.uid()) = user_id);
