-- When people see their cards again. The API computes each schedule by the algorithm FSRS and writes it together with the
-- review that led to it (docs/adr/0018-schedules-are-computed-by-the-api.md).

-- Every card has a schedule from its first moment, so that a review finds a row to lock, and new cards are found by the
-- index. Nothing but the card is referenced, because it is deleted with the person.
create table public.card_schedules (
  card_id uuid primary key references public.cards (id) on delete cascade,
  user_id uuid not null,
  state text not null default 'new',
  due timestamptz not null,
  stability double precision not null default 0,
  difficulty double precision not null default 0,
  learning_step integer not null default 0,
  scheduled_days integer not null default 0,
  reps integer not null default 0,
  lapses integer not null default 0,
  last_reviewed_at timestamptz,
  reviewed boolean not null generated always as (reps > 0) stored,

  constraint state_known check (state in ('new', 'learning', 'review', 'relearning')),
  constraint new_until_reviewed check ((reps = 0) = (state = 'new') and (reps = 0) = (last_reviewed_at is null))
);
comment on table public.card_schedules is
  'When a person sees a card again. Written by reviews alone. Can be computed from card_reviews.';
comment on column public.card_schedules.due is 'From when on the card is to be reviewed. Of a new card: when it was made.';
comment on column public.card_schedules.stability is
  'Days after the last review until the person still knows the card with a probability of 90 %. 0 of a new card.';
comment on column public.card_schedules.difficulty is 'From 1 to 10. 0 of a new card.';
comment on column public.card_schedules.learning_step is 'Which of the short intervals comes next, from 0.';
comment on column public.card_schedules.scheduled_days is 'Days from the last review to due; 0 for an interval of minutes.';
comment on column public.card_schedules.reps is 'How many reviews the card has. Each adds one, and changes a schedule that it has read.';
comment on column public.card_schedules.lapses is 'How often the person had forgotten a card that was in the state review.';
create index idx_card_schedules_due on public.card_schedules (user_id, reviewed, due, card_id);

create table public.card_reviews (
  user_id uuid not null,
  id uuid not null,
  card_id uuid not null references public.cards (id) on delete cascade,
  reps integer not null,
  rating text not null,
  reviewed_at timestamptz not null,
  state text not null,
  due timestamptz not null,
  stability double precision not null,
  difficulty double precision not null,
  learning_step integer not null,
  scheduled_days integer not null,
  lapses integer not null,

  primary key (user_id, id),
  constraint one_review_of_each_number unique (card_id, reps),
  constraint rating_known check (rating in ('again', 'hard', 'good', 'easy')),
  constraint state_known check (state in ('learning', 'review', 'relearning')),
  constraint due_later check (due > reviewed_at)
);
comment on table public.card_reviews is
  'How a person knew a card at each review, and the schedule that it led to. Rows are added, never changed, and deleted with their card.';
comment on column public.card_reviews.id is
  'Chosen by the client, so that a repeated request is known. Different people may choose the same.';
comment on column public.card_reviews.reps is 'The number of the review among those of its card, from 1.';

create function recto.forbid_review_change() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'a review of a card is never changed' using errcode = 'insufficient_privilege';
end
$$;
create trigger forbid_review_change before update on public.card_reviews for each row execute function recto.forbid_review_change();

create function recto.schedule_new_cards() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.card_schedules (card_id, user_id, due) select c.id, c.user_id, c.created_at from added c;
  return null;
end
$$;
create trigger schedule_new_cards after insert on public.cards referencing new table as added
  for each statement execute function recto.schedule_new_cards();

-- Locks the schedule of a card of the caller until the end of the transaction. The card is locked first, as its deletion
-- does. Returns when a review of it takes place, which is later than the last one also when the clock was set back; null
-- when the caller has no such card. The algorithm counts in milliseconds.
create function recto.lock_schedule(card uuid) returns timestamptz
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  last_review timestamptz;
begin
  perform from public.cards c where c.id = card and c.user_id = caller for key share;
  if not found then
    return null;
  end if;
  select s.last_reviewed_at into strict last_review from public.card_schedules s where s.card_id = card for no key update;
  return greatest(date_trunc('milliseconds', clock_timestamp()), last_review + interval '1 millisecond');
end
$$;
comment on function recto.lock_schedule is 'Locks the schedule of a card of the caller, and returns the time of a review of it.';

-- Denies a review when its card has had a hundred in the day before it: nobody fills the log, from which nothing is deleted.
create function recto.limit_reviews(review public.card_reviews) returns void
  language plpgsql set search_path = ''
as $$
declare
  hundredth constant timestamptz := (
    select r.reviewed_at from public.card_reviews r where r.card_id = review.card_id and r.reps = review.reps - 100
  );
begin
  if hundredth > review.reviewed_at - interval '1 day' then
    raise exception 'a card may have at most 100 reviews a day' using errcode = 'PT429', detail = jsonb_build_object('code', 'rate_limited',
      'retry_after', ceil(extract(epoch from hundredth + interval '1 day' - review.reviewed_at)));
  end if;
end
$$;

-- Adds a review of the caller, a row of card_reviews as JSON, and makes its schedule that of the card.
create function recto.record_review(review jsonb) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  r public.card_reviews := jsonb_populate_record(null::public.card_reviews, review);
begin
  r.user_id := (select auth.uid());
  update public.card_schedules s
    set state = r.state, due = r.due, stability = r.stability, difficulty = r.difficulty, learning_step = r.learning_step,
      scheduled_days = r.scheduled_days, reps = r.reps, lapses = r.lapses, last_reviewed_at = r.reviewed_at
    where s.card_id = r.card_id and s.user_id = r.user_id and s.reps = r.reps - 1
      and r.reviewed_at > coalesce(s.last_reviewed_at, '-infinity');
  if not found then
    raise exception 'the review is not of the schedule that the card has' using errcode = 'serialization_failure';
  end if;
  perform recto.limit_reviews(r);
  insert into public.card_reviews values (r.*);
end
$$;
comment on function recto.record_review is
  'Adds a review of the caller and its schedule. 40001 when the schedule is not the one that the review was computed from; PT429 when the card had a hundred in a day.';

revoke all on function recto.forbid_review_change(), recto.schedule_new_cards(), recto.lock_schedule(uuid),
  recto.limit_reviews(public.card_reviews), recto.record_review(jsonb) from public;
-- PostgREST does not expose recto, so people review over the API alone, which computes the schedule.
grant execute on function recto.lock_schedule(uuid), recto.record_review(jsonb) to authenticated;

alter table public.card_schedules enable row level security;
alter table public.card_reviews enable row level security;
revoke all on public.card_schedules, public.card_reviews from public, anon, authenticated, service_role;
grant select on public.card_schedules, public.card_reviews to authenticated;
create policy "people read their own schedules" on public.card_schedules for select to authenticated
  using ((select auth.uid()) = user_id);
create policy "people read their own reviews" on public.card_reviews for select to authenticated
  using ((select auth.uid()) = user_id);
