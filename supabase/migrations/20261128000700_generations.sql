-- A generation: one input, one run, one status.

-- This rule is a function and not the text of a check, because Postgres parses the text of a check for every statement
-- that writes a row, and this text would be longer than the texts of all other checks together.
create function recto.options_valid(kind text, options jsonb) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  -- The worker checks the options of other kinds when it claims.
  if kind <> 'flashcards' then
    return jsonb_typeof(options) = 'object' and octet_length(options::text) <= 10000;
  end if;
  return case when jsonb_typeof(options) = 'object' then
    options - array['max_cards', 'language'] = '{}'
    and case jsonb_typeof(options -> 'max_cards')
      when 'number' then (options ->> 'max_cards')::numeric between 1 and 30
        and (options ->> 'max_cards')::numeric % 1 = 0
      else not options ? 'max_cards'
    end
    and case jsonb_typeof(options -> 'language')
      when 'string' then char_length(options ->> 'language') <= 35
        and options ->> 'language' ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
      else not options ? 'language'
    end
  else false end;
end
$$;
revoke all on function recto.options_valid(text, jsonb) from public;
-- A check runs with the rights of the role that writes the row.
grant execute on function recto.options_valid(text, jsonb) to authenticated, recto_worker;

-- Kinds other than flashcards have an object as their input, until it is dropped after their end, and no text. A function
-- for the same reason.
create function recto.input_valid(kind text, source_text text, input jsonb, finished_at timestamptz) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return kind <> 'flashcards' and kind ~ '^[a-z][a-z0-9_]{0,39}$' and source_text is null
    and case when input is null then finished_at is not null
      else jsonb_typeof(input) = 'object' and octet_length(input::text) <= 400000 end;
end
$$;
revoke all on function recto.input_valid(text, text, jsonb, timestamptz) from public;
grant execute on function recto.input_valid(text, text, jsonb, timestamptz) to authenticated, recto_worker;

create table public.ai_generations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  account_id uuid not null default auth.uid(),
  kind text not null default 'flashcards',
  source_text text,
  input jsonb,
  conversation_id uuid generated always as ((input ->> 'conversation_id')::uuid) stored,
  model text not null default 'balanced',
  prompt_version text not null default 'flashcards@1',
  options jsonb not null default '{}',
  idempotency_key text,
  request_digest bytea default decode(nullif(current_setting('recto.request_digest', true), ''), 'hex'),
  request_id text default nullif(current_setting('recto.request_id', true), ''),
  trace_id text default nullif(substr(current_setting('recto.traceparent', true), 4, 32), ''),
  traceparent text default nullif(current_setting('recto.traceparent', true), ''),
  status text not null default 'pending',
  attempts integer not null default 0,
  delivered_at timestamptz,
  tokens_input integer,
  tokens_output integer,
  -- No fixed number of decimals, as in ai_calls.
  cost_usd recto.usd not null default 0,
  ai_metadata jsonb not null default '{}',
  error jsonb,
  output jsonb,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  data_residency text not null default 'any',
  optimize text,
  max_total_tokens integer,
  waiting boolean not null default false,
  saved_usd recto.usd check (saved_usd >= 0),
  text_digest bytea,
  suggestions_count integer not null default 0,
  written_at timestamptz,

  unique (id, user_id, account_id),
  constraint source_text_length check (char_length(source_text) between 1000 and 10000),
  -- The characters are the white space of shared/src/text.ts, spelled out because \s would follow the locale.
  constraint source_text_not_blank check (
    source_text ~ '[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]'
  ),
  -- Flashcards have a text, and suggestions as their result. The function is called for other kinds only.
  constraint input_shape check (
    (kind = 'flashcards' and input is null and output is null and (source_text is not null or finished_at is not null))
    or recto.input_valid(kind, source_text, input, finished_at)
  ),
  constraint text_digest_instead_of_text check (text_digest is null or (source_text is null and input is null)),
  constraint model_length check (char_length(model) between 1 and 200),
  constraint prompt_version_length check (char_length(prompt_version) between 1 and 100),
  constraint options_shape check (options = '{}' or recto.options_valid(kind, options)),
  constraint idempotency_key_printable check (idempotency_key ~ '^[ -~]{8,200}$'),
  constraint request_digest_of_key
    check (request_digest is null or (octet_length(request_digest) = 32 and idempotency_key is not null)),
  constraint data_residency_known check (data_residency in ('any', 'eu')),
  constraint optimize_known check (optimize in ('cost', 'quality', 'latency')),
  constraint max_total_tokens_bounds check (max_total_tokens between 1 and 10000000),
  constraint status_known check (status in ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
  constraint waiting_is_pending check (not waiting or status in ('pending', 'cancelled')),
  constraint failed_has_error check ((status = 'failed') = (error is not null)),
  constraint terminal_has_finished_at
    check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint counts_not_negative
    check (attempts >= 0 and tokens_input >= 0 and tokens_output >= 0 and cost_usd >= 0 and suggestions_count >= 0)
);

comment on table public.ai_generations is
  'One input, one run, one status. People read their own; only functions and the worker change them.';
comment on column public.ai_generations.kind is 'What is generated, e.g. flashcards. The worker knows the kinds.';
comment on column public.ai_generations.input is 'What other kinds than flashcards are made from. Null once its retention is over.';
comment on column public.ai_generations.conversation_id is
  'The first generation of the conversation that this one continues. Null for that one itself, and once its input is gone.';
comment on column public.ai_generations.written_at is
  'Of one that continues a conversation: when the oldest part of its input was written. A team sees it if that was after it had turned on shares_texts. Null: created_at.';
comment on column public.ai_generations.output is 'The result, but for what is in ai_suggestions or ai_findings. Null for flashcards, and once the retention of its input is over.';
comment on column public.ai_generations.account_id is
  'The account that is limited and billed. A personal account has the id of its person.';
comment on column public.ai_generations.source_text is 'Null once its retention is over.';
comment on column public.ai_generations.attempts is
  'How often a worker has claimed it. Every later write of status or result by that worker carries this number as its fence.';
comment on column public.ai_generations.delivered_at is
  'When the queue delivered the job of the current claim. A claim of an older delivery is stale.';
comment on column public.ai_generations.cost_usd is 'The exact sum of cost_usd over its rows in ai_calls.';
comment on column public.ai_generations.suggestions_count is
  'How many rows ai_suggestions has of it. The statement that ends it writes both; nothing adds or deletes one later.';
comment on column public.ai_generations.data_residency is
  'What the request asked for. Its ai_calls have what was required in the end, with account and deployment.';
comment on column public.ai_generations.optimize is
  'What its routes are ordered by: cost, quality or latency. Null for the order of the deployment.';
comment on column public.ai_generations.max_total_tokens is
  'The most tokens that its calls may use together, read and written. Null for no bound but the budget.';
comment on column public.ai_generations.waiting is
  'True: accepted above the account''s limit of concurrent generations. It gets its job when one of those has finished.';
comment on column public.ai_generations.saved_usd is
  'Of a generation that was served from the cache: what its cards cost when they were made.';
comment on column public.ai_generations.request_digest is
  'SHA-256 of what a request with an idempotency key named beside its input. A repeated request has the same, whatever the defaults are by then. Null for inserts that the API did not make.';
comment on column public.ai_generations.trace_id is 'The trace id of `traceparent`: 32 hex digits.';
comment on column public.ai_generations.traceparent is
  'By which its runs continue the trace of the submission (W3C Trace Context).';
comment on column public.ai_generations.text_digest is
  'Digest that replaces the text of a request with an idempotency key, to tell a repeated request from a different one.';

create index idx_ai_generations_user_created on public.ai_generations (user_id, created_at desc, id desc);
-- Without this index a list by status would read all of a person's generations to find the failed ones.
create index idx_ai_generations_user_status_created on public.ai_generations (user_id, status, created_at desc, id desc);
create index idx_ai_generations_account_created on public.ai_generations (account_id, created_at desc, id desc);
create unique index idx_ai_generations_idempotency on public.ai_generations (user_id, idempotency_key)
  where idempotency_key is not null;
-- The condition is on finished_at and not on status: a lookup by id that also asks for a status must not use this
-- index. Statistics always find the index tiny, so the planner would prefer reading all of it to the primary key, and
-- it grows with the backlog.
create index idx_ai_generations_live on public.ai_generations (user_id) where finished_at is null;
create index idx_ai_generations_waiting on public.ai_generations (account_id, user_id, created_at) where waiting and finished_at is null;
-- Recovery walks through the live generations in the order of this index, a part of them in each pass.
create index idx_ai_generations_unfinished on public.ai_generations (id) where finished_at is null and not waiting;
create index idx_ai_generations_account_live on public.ai_generations (account_id, user_id) where finished_at is null and not waiting;
create index idx_ai_generations_conversation on public.ai_generations (conversation_id) where conversation_id is not null;
-- A conversation has one answer at a time. The person is part of it, because any id may stand in anybody's input.
create unique index idx_ai_generations_conversation_live on public.ai_generations (user_id, conversation_id) where conversation_id is not null and finished_at is null;
-- Retention finds the texts whose time is over by these two.
create index idx_ai_generations_texts on public.ai_generations (finished_at)
  where (source_text is not null or input is not null) and finished_at is not null;
create index idx_ai_generations_account_texts on public.ai_generations (account_id, finished_at)
  where (source_text is not null or input is not null) and finished_at is not null;
-- The roll-up reads one day of all accounts. Rows lie in the order of created_at, so BRIN is enough, with a few pages.
create index idx_ai_generations_created on public.ai_generations using brin (created_at) with (pages_per_range = 32, autosummarize = on);

-- updated_at is what ETags are made of, and a terminal status is final, whoever writes.
create function recto.guard_generation() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if old.finished_at is not null and (new.status, new.finished_at) is distinct from (old.status, old.finished_at) then
    raise exception 'generation % is already %', old.id, old.status using errcode = 'check_violation';
  end if;
  new.updated_at := clock_timestamp();
  return new;
end
$$;
revoke all on function recto.guard_generation() from public;
create trigger guard_generation before update on public.ai_generations
  for each row execute function recto.guard_generation();

-- The input of one that continues a conversation repeats what was said before, and that may be older than the sharing of the
-- team's texts. The generated column has no value yet.
create function recto.date_conversation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  continued constant uuid := (new.input ->> 'conversation_id')::uuid;
begin
  new.written_at := (select min(coalesce(g.written_at, g.created_at)) from public.ai_generations g
    where (g.id = continued or g.conversation_id = continued) and g.user_id = new.user_id);
  return new;
end
$$;
revoke all on function recto.date_conversation() from public;
create trigger date_conversation before insert on public.ai_generations
  for each row when (new.input ? 'conversation_id') execute function recto.date_conversation();

alter table public.ai_generations enable row level security;
revoke all on public.ai_generations from public, anon, authenticated, service_role;

grant select on public.ai_generations to authenticated;
grant insert (account_id, kind, source_text, input, model, prompt_version, options, idempotency_key, data_residency, optimize, max_total_tokens)
  on public.ai_generations to authenticated;
create policy "people read their own generations" on public.ai_generations for select to authenticated
  using ((select auth.uid()) = user_id or (account_id = any ((select recto.sharing_team_ids())::uuid[])
    and coalesce(written_at, created_at) >= ((select recto.sharing_since()) ->> account_id::text)::timestamptz));
-- Admission limits these inserts by a trigger (…_admission.sql).
create policy "people create their own generations" on public.ai_generations for insert to authenticated
  with check ((select auth.uid()) = user_id and (account_id = user_id or account_id = any ((select recto.team_ids())::uuid[])));

grant select on public.ai_generations to recto_worker;
grant update (status, attempts, delivered_at, tokens_input, tokens_output, cost_usd, ai_metadata, error, output, suggestions_count, started_at, finished_at,
    waiting)
  on public.ai_generations to recto_worker;
create policy "the worker reads generations" on public.ai_generations
  for select to recto_worker using (true);
create policy "the worker updates generations" on public.ai_generations
  for update to recto_worker using (true) with check (true);

-- Of an input that continues a conversation it is the digest of the last message: what was said before may be gone when the
-- request is repeated.
create function recto.text_digest(generation_id uuid, source_text text, input jsonb) returns bytea
  language sql immutable set search_path = ''
as $$
  select sha256(convert_to(generation_id::text || coalesce(source_text, case when input ? 'conversation_id'
    then (input - 'messages' || jsonb_build_object('last', input -> 'messages' -> -1))::text else input::text end), 'UTF8'))
$$;
comment on function recto.text_digest is
  'The id is part of the digest, so that nobody can tell from digests that two texts are equal.';

revoke all on function recto.text_digest(uuid, text, jsonb) from public;
grant execute on function recto.text_digest(uuid, text, jsonb) to authenticated;
