-- Where a text may go: asked for by the request, set for the account, or by the deployment; the strictest holds.

alter table public.ai_generations
  add column data_residency text not null default 'any',
  add constraint data_residency_known check (data_residency in ('any', 'eu'));
comment on column public.ai_generations.data_residency is 'As the request asked. What it came to, account and deployment included, stands in its ai_calls.';
grant insert (data_residency) on public.ai_generations to authenticated;

create table recto.account_settings (
  account_id uuid primary key,
  data_residency text not null default 'any' check (data_residency in ('any', 'eu')),
  scrub boolean not null default false
);
comment on table recto.account_settings is
  'Set by operators, in force for the next claim: insert into recto.account_settings (account_id, data_residency) values (…, ''eu'');';
comment on column recto.account_settings.scrub is 'Personal data is replaced by placeholders before a text leaves, also where RECTO_SCRUB is off.';

alter table recto.account_settings enable row level security;
revoke all on recto.account_settings from public, anon, authenticated, service_role;
grant select on recto.account_settings to recto_worker;
create policy "the worker reads settings" on recto.account_settings for select to recto_worker using (true);
