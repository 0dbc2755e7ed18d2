-- The audit trail: one row per request that a worker sent to a provider, written before the request leaves.

create table public.ai_calls (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid references public.ai_generations (id) on delete set null,
  user_id uuid not null,
  account_id uuid not null,
  attempt integer not null,
  provider text not null,
  model text not null,
  model_served text,
  outcome text,
  http_status integer,
  provider_request_id text,
  tokens_input integer,
  tokens_output integer,
  tokens_reasoning integer,
  tokens_cached integer,
  cost_usd numeric(12, 8),
  cost_source text check (cost_source in ('provider', 'price_list', 'estimate')),
  latency_ms integer,
  first_token_ms integer,
  error jsonb,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,

  constraint outcome_when_finished check ((outcome is null) = (finished_at is null))
);

comment on table public.ai_calls is 'One row per provider request, failed ones too. outcome is null while it runs, and for ever if the worker died. Never a key or a prompt.';
comment on column public.ai_calls.user_id is 'No foreign key: money spent stays on the books when the person or the generation is gone.';
comment on column public.ai_calls.attempt is 'attempts of the generation at the claim that sent it.';
comment on column public.ai_calls.outcome is 'ok, or the failure class.';

create index idx_ai_calls_generation on public.ai_calls (generation_id);
create index idx_ai_calls_account_started on public.ai_calls (account_id, started_at);

alter table public.ai_calls enable row level security;
revoke all on public.ai_calls from public, anon, authenticated, service_role;

grant select (id, generation_id, tokens_input, tokens_output, cost_usd) on public.ai_calls to recto_worker;
grant insert (id, generation_id, user_id, account_id, attempt, provider, model) on public.ai_calls to recto_worker;
grant update (model_served, outcome, http_status, provider_request_id, tokens_input, tokens_output, tokens_reasoning,
  tokens_cached, cost_usd, cost_source, latency_ms, first_token_ms, error, finished_at) on public.ai_calls to recto_worker;
create policy "the worker reads calls" on public.ai_calls for select to recto_worker using (true);
create policy "the worker adds calls" on public.ai_calls for insert to recto_worker with check (true);
create policy "the worker finishes calls" on public.ai_calls for update to recto_worker using (true) with check (true);
