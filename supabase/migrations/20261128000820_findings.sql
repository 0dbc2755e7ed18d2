-- Findings are what a model said of lines of code. Only the worker adds them, in the statement that ends the generation,
-- and nobody changes what the model wrote.

create table public.ai_findings (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid not null,
  user_id uuid not null,
  account_id uuid not null,
  position integer not null check (position >= 1),
  path text not null check (char_length(path) between 1 and 300),
  start_line integer not null check (start_line >= 1),
  end_line integer not null,
  quote text not null check (char_length(quote) between 1 and 5000),
  category text not null check (category in
    ('bug', 'security', 'performance', 'concurrency', 'error_handling', 'maintainability', 'style', 'test')),
  level text not null check (level in ('error', 'warning', 'note')),
  title text not null check (char_length(title) between 1 and 80),
  message text not null check (char_length(message) between 1 and 1000),
  replacement text check (char_length(replacement) between 1 and 10000),
  flags text[] not null default '{}',
  fingerprint text not null,
  status text not null default 'proposed' check (status in ('proposed', 'accepted', 'rejected')),
  reject_reason text check (reject_reason in ('wrong', 'not_relevant', 'intended', 'duplicate', 'unclear', 'other')),
  reviewed_at timestamptz,
  created_at timestamptz not null default now(),
  written_at timestamptz not null,

  foreign key (generation_id, user_id, account_id) references public.ai_generations (id, user_id, account_id)
    on delete cascade on update cascade,
  unique (generation_id, position),
  unique (generation_id, fingerprint),
  constraint reason_of_rejected check (reject_reason is null or status = 'rejected'),
  constraint reviewed_unless_proposed check ((status = 'proposed') = (reviewed_at is null)),
  -- Each line of the quote but the last one ends with a line feed.
  constraint quote_is_its_lines
    check (end_line - start_line = char_length(quote) - char_length(replace(quote, E'\n', '')))
);

comment on table public.ai_findings is
  'What a model said of lines of code, as far as the gate proved it. quote is the text of the lines start_line to end_line of the file.';
comment on column public.ai_findings.account_id is
  'That of the generation, so that the findings of a team are found by an index.';
comment on column public.ai_findings.written_at is
  'created_at of the generation. A team sees findings whose code was written after it had turned on shares_texts.';
comment on column public.ai_findings.path is 'That of a file of the request. source_code for a request with one text.';
comment on column public.ai_findings.start_line is 'Counted from 1. Derived from the quote, not from what the model said.';
comment on column public.ai_findings.end_line is 'The last line of the quote, inclusive.';
comment on column public.ai_findings.quote is
  'Whole lines as the file has them, without the last line end, and with line feeds where the file has CRLF.';
comment on column public.ai_findings.replacement is
  'What the model suggests in place of all these lines. Null when it suggests nothing that can be used.';
comment on column public.ai_findings.fingerprint is
  'Equal for the same category on the same code of the same path in another review, also when the lines have moved.';

create index idx_ai_findings_user_status_created on public.ai_findings (user_id, status, created_at);
create index idx_ai_findings_account_created on public.ai_findings (account_id, created_at);

create trigger copy_from_generation before insert on public.ai_findings
  for each row when (new.account_id is null or new.written_at is null) execute function recto.copy_from_generation();
alter table public.ai_findings enable always trigger copy_from_generation;

alter table public.ai_findings enable row level security;
revoke all on public.ai_findings from public, anon, authenticated, service_role;

grant select on public.ai_findings to authenticated;
create policy "people read their own findings" on public.ai_findings for select to authenticated
  using ((select auth.uid()) = user_id or (account_id = any ((select recto.sharing_team_ids())::uuid[])
    and written_at >= ((select recto.sharing_since()) ->> account_id::text)::timestamptz));

grant select (generation_id) on public.ai_findings to recto_worker;
grant insert (generation_id, user_id, account_id, written_at, position, path, start_line, end_line, quote, category, level, title,
    message, replacement, flags, fingerprint)
  on public.ai_findings to recto_worker;
create policy "the worker reads findings" on public.ai_findings
  for select to recto_worker using (true);
create policy "the worker adds findings" on public.ai_findings
  for insert to recto_worker with check (true);
