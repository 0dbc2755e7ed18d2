-- Suggestions are the cards that a model proposed. Only the worker adds them, in the statement that ends the
-- generation. Only a review (…_review.sql) changes them, and never what the model wrote.

create table public.ai_suggestions (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid not null,
  user_id uuid not null,
  account_id uuid not null,
  position integer not null check (position >= 1),
  front text not null check (char_length(front) between 1 and 200),
  back text not null check (char_length(back) between 1 and 500),
  source_quote text not null,
  quote_start integer not null check (quote_start >= 0),
  quote_end integer not null,
  flags text[] not null default '{}',
  fingerprint text not null,
  status text not null default 'proposed' check (status in ('proposed', 'accepted', 'rejected')),
  edited boolean not null default false,
  reject_reason text check (reject_reason in ('wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other')),
  reviewed_at timestamptz,
  created_at timestamptz not null default now(),
  written_at timestamptz not null,

  foreign key (generation_id, user_id, account_id) references public.ai_generations (id, user_id, account_id)
    on delete cascade on update cascade,
  unique (generation_id, position),
  unique (generation_id, fingerprint),
  constraint reason_of_rejected check (reject_reason is null or status = 'rejected'),
  constraint quote_is_sliced check (quote_end - quote_start = char_length(source_quote) and quote_end > quote_start)
);

comment on table public.ai_suggestions is
  'Cards that a model proposed and the gate accepted. source_quote = substr(source_text, quote_start + 1, quote_end - quote_start).';
comment on column public.ai_suggestions.account_id is
  'That of the generation, so that the suggestions of a team are found by an index.';
comment on column public.ai_suggestions.written_at is
  'created_at of the generation. A team sees suggestions whose text was written after it had turned on shares_texts.';
comment on column public.ai_suggestions.quote_start is
  'Counted in code points from the start of source_text. quote_end is exclusive.';
comment on column public.ai_suggestions.fingerprint is 'Hash of the normalised front and back, to find duplicates.';

create index idx_ai_suggestions_user_status_created on public.ai_suggestions (user_id, status, created_at);
create index idx_ai_suggestions_account_created on public.ai_suggestions (account_id, created_at);
create index idx_ai_suggestions_user_fingerprint on public.ai_suggestions (user_id, fingerprint);

-- Whoever inserts a suggestion without the account and the time of its generation gets them.
create function recto.copy_from_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  select g.account_id, g.created_at into new.account_id, new.written_at
    from public.ai_generations g where g.id = new.generation_id;
  return new;
end
$$;
revoke all on function recto.copy_from_generation() from public;
create trigger copy_from_generation before insert on public.ai_suggestions
  for each row when (new.account_id is null or new.written_at is null) execute function recto.copy_from_generation();
alter table public.ai_suggestions enable always trigger copy_from_generation;

alter table public.ai_suggestions enable row level security;
revoke all on public.ai_suggestions from public, anon, authenticated, service_role;

grant select on public.ai_suggestions to authenticated;
create policy "people read their own suggestions" on public.ai_suggestions for select to authenticated
  using ((select auth.uid()) = user_id or (account_id = any ((select recto.sharing_team_ids())::uuid[])
    and written_at >= ((select recto.sharing_since()) ->> account_id::text)::timestamptz));

grant select (generation_id, user_id, fingerprint, status) on public.ai_suggestions to recto_worker;
grant insert (generation_id, user_id, account_id, written_at, position, front, back, source_quote, quote_start, quote_end, flags,
    fingerprint)
  on public.ai_suggestions to recto_worker;
create policy "the worker reads suggestions" on public.ai_suggestions
  for select to recto_worker using (true);
create policy "the worker adds suggestions" on public.ai_suggestions
  for insert to recto_worker with check (true);
