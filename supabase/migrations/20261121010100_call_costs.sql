-- What a call may cost, did cost, where it went, and which key served it.

alter table public.ai_calls
  -- Providers charge in more decimals than eight: a sum over calls has to equal their bill to the last digit.
  alter column cost_usd type numeric,
  add constraint cost_not_negative check (cost_usd >= 0),
  add column reserved_usd numeric not null default 0 check (reserved_usd >= 0),
  add column fx_rate numeric check (fx_rate > 0),
  add column region text,
  add column data_residency text check (data_residency in ('any', 'eu')),
  add column key_fingerprint text,
  add column hedge boolean not null default false,
  add column purpose text not null default 'generation' check (purpose in ('generation', 'test')),
  add column settle_after timestamptz,
  add column settle_tries integer not null default 0;

comment on column public.ai_calls.reserved_usd is 'The most that it can cost, booked before it leaves: what stands for cost_usd while that is null.';
comment on column public.ai_calls.cost_usd is 'Exact, as charged. Never 0 for want of knowledge: where nothing better can be had, the reservation counts.';
comment on column public.ai_calls.fx_rate is 'USD for one unit of the price list''s currency, where that is not USD.';
comment on column public.ai_calls.region is 'The provider''s region at the time.';
comment on column public.ai_calls.data_residency is 'What was required: no row may have eu here and another region.';
comment on column public.ai_calls.key_fingerprint is 'First 12 hexadecimal digits of the key''s SHA-256.';
comment on column public.ai_calls.hedge is 'Sent beside another request that took long.';
comment on column public.ai_calls.settle_after is 'When its cost is to be settled: asked of the provider, or estimated if its worker died.';
comment on column public.ai_calls.outcome is 'ok, the failure class, or worker_lost.';

create index idx_ai_calls_settle on public.ai_calls (settle_after) where settle_after is not null;

grant select (started_at, provider, model, provider_request_id, outcome, reserved_usd, settle_after, settle_tries) on public.ai_calls to recto_worker;
grant insert (region, data_residency, key_fingerprint, hedge, purpose, reserved_usd, fx_rate, settle_after) on public.ai_calls to recto_worker;
grant update (settle_after, settle_tries) on public.ai_calls to recto_worker;
