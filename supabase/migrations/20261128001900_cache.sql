-- Cards that were made before of the same text for the same account. Workers write here only where
-- RECTO_CACHE_TTL_SECONDS is set.

create table recto.result_cache (
  account_id uuid not null,
  digest text not null,
  generation_id uuid not null references public.ai_generations (id) on delete cascade,
  answer jsonb,
  expires_at timestamptz not null,
  primary key (account_id, digest)
);
comment on table recto.result_cache is
  'What a request gave. answer is null while the first generation with this digest makes it. A row is deleted with its generation.';
comment on column recto.result_cache.digest is 'SHA-256 of text, options, prompt version, model, what routes are ordered by, and residency.';
create index idx_result_cache_generation on recto.result_cache (generation_id);
create index idx_result_cache_expires on recto.result_cache (expires_at);

alter table recto.result_cache enable row level security;
revoke all on recto.result_cache from public, anon, authenticated, service_role;
grant select, insert, delete on recto.result_cache to recto_worker;
grant update (generation_id, answer, expires_at) on recto.result_cache to recto_worker;
create policy "the worker reads and writes the cache" on recto.result_cache to recto_worker using (true) with check (true);
