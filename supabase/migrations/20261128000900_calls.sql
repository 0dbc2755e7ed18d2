-- The audit trail of provider requests: one row per request that a worker sends, written before the request leaves.

create table public.ai_calls (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid references public.ai_generations (id) on delete set null,
  user_id uuid not null,
  account_id uuid not null,
  attempt integer not null,
  purpose text not null default 'generation' check (purpose in ('generation', 'connection_check')),
  kind text not null default 'flashcards',
  provider text not null,
  region text,
  data_residency text check (data_residency in ('any', 'eu')),
  model text not null,
  model_served text,
  key_fingerprint text,
  hedge boolean not null default false,
  outcome text,
  http_status integer,
  provider_request_id text,
  tokens_input integer,
  tokens_output integer,
  tokens_reasoning integer,
  tokens_cached integer,
  reserved_usd numeric not null default 0 check (reserved_usd >= 0),
  estimated_usd numeric not null default 0 check (estimated_usd >= 0),
  believed_input integer check (believed_input >= 0),
  believed_output integer check (believed_output >= 0),
  -- No fixed number of decimals: the sum over calls has to equal the provider's bill to the last digit.
  cost_usd numeric,
  cost_source text check (cost_source in ('provider', 'price_list', 'estimate', 'capped')),
  fx_rate numeric check (fx_rate > 0),
  latency_ms integer,
  first_token_ms integer,
  error jsonb,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  settle_after timestamptz,
  settle_tries integer not null default 0,

  constraint outcome_when_finished check ((outcome is null) = (finished_at is null)),
  constraint cost_not_negative check (cost_usd >= 0)
);

comment on table public.ai_calls is
  'One row per provider request, failed ones included. outcome is null while the request runs; if its worker dies, settlement ends it. Never holds a key or a prompt.';
comment on column public.ai_calls.user_id is
  'No foreign key: the spent money still counts when the person or the generation is gone.';
comment on column public.ai_calls.attempt is 'The attempts of the generation at the claim that sent the request.';
comment on column public.ai_calls.kind is
  'The kind of the generation, which may be deleted by now; connection_check for a connection check.';
comment on column public.ai_calls.region is 'The provider''s region when the request was sent.';
comment on column public.ai_calls.data_residency is 'What was required. A row with eu here has a region in the EU.';
comment on column public.ai_calls.key_fingerprint is 'First 12 hexadecimal digits of the key''s SHA-256.';
comment on column public.ai_calls.hedge is 'True: sent as a second request beside one that took long.';
comment on column public.ai_calls.outcome is 'ok, a failure class, not_sent, or worker_lost.';
comment on column public.ai_calls.reserved_usd is
  'The most that the request can cost, reserved before it leaves. It counts in place of cost_usd while that is null.';
comment on column public.ai_calls.estimated_usd is
  'What the request was likely to have cost when its worker last wrote: the prompt, and what had streamed.';
comment on column public.ai_calls.believed_input is
  'The most tokens_input that is believed of the provider''s bill: ten times what the request can use. So is believed_output.';
comment on column public.ai_calls.cost_usd is
  'Exactly what was charged. Where the provider does not say it, an estimate, and estimated_usd for a call whose worker died.';
comment on column public.ai_calls.cost_source is
  'Who said cost_usd. capped: the provider claimed more than ten times what was reserved, and so much is booked.';
comment on column public.ai_calls.fx_rate is 'USD for one unit of the price list''s currency. Null where that is USD.';
comment on column public.ai_calls.settle_after is
  'When settlement is due: the cost is asked of the provider, or estimated if the worker died.';

create index idx_ai_calls_generation on public.ai_calls (generation_id);
create index idx_ai_calls_account_started on public.ai_calls (account_id, started_at);
create index idx_ai_calls_user_started on public.ai_calls (user_id, started_at, id);
create index idx_ai_calls_settle on public.ai_calls (settle_after) where settle_after is not null;
-- The roll-up reads one day of all accounts. The table is in the order of started_at, so a BRIN index of a few pages is
-- enough.
create index idx_ai_calls_started on public.ai_calls using brin (started_at) with (pages_per_range = 32, autosummarize = on);

alter table public.ai_calls enable row level security;
revoke all on public.ai_calls from public, anon, authenticated, service_role;

grant select (id, account_id, generation_id, attempt, provider, model, model_served, outcome, provider_request_id, tokens_input,
  tokens_output, reserved_usd, estimated_usd, believed_input, believed_output, cost_usd, cost_source, started_at, finished_at, settle_after, settle_tries) on public.ai_calls to recto_worker;
grant insert (id, generation_id, user_id, account_id, attempt, purpose, kind, provider, region, data_residency, model, key_fingerprint,
  hedge, reserved_usd, estimated_usd, believed_input, believed_output, fx_rate, settle_after) on public.ai_calls to recto_worker;
grant update (model_served, outcome, http_status, provider_request_id, estimated_usd, tokens_input, tokens_output, tokens_reasoning,
  tokens_cached, cost_usd, cost_source, latency_ms, first_token_ms, error, finished_at, settle_after, settle_tries)
  on public.ai_calls to recto_worker;
create policy "the worker reads calls" on public.ai_calls for select to recto_worker using (true);
create policy "the worker adds calls" on public.ai_calls for insert to recto_worker with check (true);
create policy "the worker finishes calls" on public.ai_calls for update to recto_worker using (true) with check (true);

-- When a generation is cancelled or deleted, its worker aborts the calls and settles them within a second or two. A
-- call that is still open after 15 s had a worker that died, and should not wait for the longest time that a request
-- may take. All calls are locked first: a deletion takes its generation off each of them, in no order.
create function recto.settle_calls_soon() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform from public.ai_calls c where c.generation_id = old.id order by c.id for no key update;
  update public.ai_calls set settle_after = least(settle_after, clock_timestamp() + interval '15 seconds')
    where generation_id = old.id and outcome is null;
  return old;
end
$$;
revoke all on function recto.settle_calls_soon() from public;

create trigger when_cancelled_settle_calls after update of status on public.ai_generations
  for each row when (new.status = 'cancelled') execute function recto.settle_calls_soon();
create trigger when_deleted_settle_calls before delete on public.ai_generations
  for each row execute function recto.settle_calls_soon();

-- Locks generations by id, and then their calls by id.
create function recto.lock_generations(ids uuid[]) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform from public.ai_generations g where g.id = any (ids) order by g.id for update;
  perform from public.ai_calls c where c.generation_id = any (ids) order by c.id for no key update;
end
$$;

-- The cascade from auth.users deletes a person's generations in no order. This trigger follows recto_leave_all_teams by
-- its name, because the rows of teams are locked before generations.
create function recto.lock_on_delete() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.lock_generations(array(select g.id from public.ai_generations g where g.user_id = old.id));
  return old;
end
$$;
create trigger recto_lock_generations before delete on auth.users for each row execute function recto.lock_on_delete();
revoke all on function recto.lock_generations(uuid[]), recto.lock_on_delete() from public;
