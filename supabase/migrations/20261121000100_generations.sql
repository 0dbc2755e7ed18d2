-- One row: one text, one run, one status.

create table public.ai_generations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  account_id uuid not null default auth.uid(),
  source_text text not null,
  model text not null default 'balanced',
  prompt_version text not null default 'flashcards@1',
  options jsonb not null default '{}',
  idempotency_key text,
  request_id text default nullif(current_setting('recto.request_id', true), ''),
  status text not null default 'pending',
  attempts integer not null default 0,
  delivered_at timestamptz,
  tokens_input integer,
  tokens_output integer,
  cost_usd numeric(12, 8) not null default 0,
  ai_metadata jsonb not null default '{}',
  error jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default now(),

  unique (id, user_id),
  constraint source_text_length check (char_length(source_text) between 1000 and 10000),
  -- The white space of shared/src/text.ts, spelled out: \s would follow the locale.
  constraint source_text_not_blank check (
    source_text ~ '[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]'
  ),
  constraint model_length check (char_length(model) between 1 and 200),
  constraint prompt_version_length check (char_length(prompt_version) between 1 and 100),
  constraint options_shape check (
    case when jsonb_typeof(options) = 'object' then
      options - array['max_cards', 'language'] = '{}'
      and case jsonb_typeof(options -> 'max_cards')
        when 'number' then (options ->> 'max_cards')::numeric in (
          1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        )
        else not options ? 'max_cards'
      end
      and case jsonb_typeof(options -> 'language')
        when 'string' then char_length(options ->> 'language') <= 35
          and options ->> 'language' ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
        else not options ? 'language'
      end
    else false end
  ),
  constraint idempotency_key_printable check (idempotency_key ~ '^[ -~]{8,200}$'),
  constraint status_known check (status in ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
  constraint failed_has_error check ((status = 'failed') = (error is not null)),
  constraint terminal_has_finished_at
    check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint counts_not_negative
    check (attempts >= 0 and tokens_input >= 0 and tokens_output >= 0 and cost_usd >= 0)
);

comment on table public.ai_generations is 'One text, one run, one status. People read their own; only functions and the worker change them.';
comment on column public.ai_generations.account_id is 'Who is limited and billed; a person''s own account has the person''s id.';
comment on column public.ai_generations.attempts is 'How often a worker claimed it; also the fence that every later write of that worker carries.';
comment on column public.ai_generations.delivered_at is 'When the queue delivered the job of the current claim: an older delivery''s claim is stale.';
comment on column public.ai_generations.cost_usd is 'Sum of its ai_calls.';

create index idx_ai_generations_user_created on public.ai_generations (user_id, created_at desc, id desc);
-- A list by status, which would read all of a person's generations to find those that failed.
create index idx_ai_generations_user_status_created on public.ai_generations (user_id, status, created_at desc, id desc);
create unique index idx_ai_generations_idempotency on public.ai_generations (user_id, idempotency_key)
  where idempotency_key is not null;
-- By finished_at and not by status: a lookup by id that also asks for a status must not be served by this index. It is tiny
-- whenever statistics are taken, so the planner would prefer reading all of it to the primary key, and it grows with the backlog.
create index idx_ai_generations_live on public.ai_generations (user_id) where finished_at is null;

-- updated_at is what ETags are made of, and a terminal status is final whoever writes.
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

alter table public.ai_generations enable row level security;
revoke all on public.ai_generations from public, anon, authenticated, service_role;

grant select on public.ai_generations to authenticated;
grant insert (source_text, model, prompt_version, options, idempotency_key) on public.ai_generations to authenticated;
create policy "people read their own generations" on public.ai_generations
  for select to authenticated using ((select auth.uid()) = user_id);
create policy "people create their own generations" on public.ai_generations
  for insert to authenticated with check ((select auth.uid()) = user_id);

grant select on public.ai_generations to recto_worker;
grant update (status, attempts, delivered_at, tokens_input, tokens_output, cost_usd, ai_metadata, error, started_at, finished_at)
  on public.ai_generations to recto_worker;
create policy "the worker reads generations" on public.ai_generations
  for select to recto_worker using (true);
create policy "the worker moves generations" on public.ai_generations
  for update to recto_worker using (true) with check (true);

-- A person's two ways to end a generation. Both tell the workers, so that a running call is aborted at once.
create function recto.cancel_generation(generation_id uuid) returns boolean
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.ai_generations
    set status = 'cancelled', finished_at = clock_timestamp()
    where id = generation_id and user_id = (select auth.uid()) and status in ('pending', 'running');
  if found then
    perform pg_notify('recto_cancel', generation_id::text);
  end if;
  return found;
end
$$;
comment on function recto.cancel_generation is 'Cancels the caller''s own live generation; false when there was none.';

create function recto.delete_generation(generation_id uuid) returns boolean
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.ai_generations where id = generation_id and user_id = (select auth.uid());
  if found then
    perform pg_notify('recto_cancel', generation_id::text);
  end if;
  return found;
end
$$;
comment on function recto.delete_generation is 'Deletes the caller''s own generation with its suggestions; false when there was none.';

revoke all on function recto.cancel_generation(uuid), recto.delete_generation(uuid) from public;
grant execute on function recto.cancel_generation(uuid), recto.delete_generation(uuid) to authenticated;
