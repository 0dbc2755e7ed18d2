-- Webhooks: the endpoints of accounts, and the secrets that sign what they are sent.

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  url text not null check (char_length(url) <= 2048 and url ~ '^https?://[!-~]+$'),
  events text[] not null check (array_ndims(events) = 1 and cardinality(events) <= 4 and events <@
    array['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']),
  description text check (char_length(description) between 1 and 200),
  public_key text not null check (public_key ~ '^whpk_[A-Za-z0-9+/]{43}=$'),
  enabled boolean not null default true,
  disabled_at timestamptz,
  disabled_reason text check (disabled_reason in ('person', 'gone', 'failing')),
  failing_since timestamptz,
  created_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  secret_changed_at timestamptz not null default clock_timestamp(),
  constraint disabled_has_reason check (enabled = (disabled_at is null) and enabled = (disabled_reason is null))
);
comment on table public.webhook_endpoints is
  'Where an account is told of its events. The person of a personal account, owners and admins read, change and delete. Other members do not read: a URL is often a secret. recto.create_webhook is the only way to add one.';
comment on column public.webhook_endpoints.url is
  'Judged by the API when it is given, and by the worker before each request: only the judged address is dialled.';
comment on column public.webhook_endpoints.public_key is 'Verifies the signatures v1a. It is no secret.';
comment on column public.webhook_endpoints.disabled_reason is
  'person: somebody disabled it. gone: it answered 410. failing: no request succeeded for 120 hours.';
comment on column public.webhook_endpoints.failing_since is 'The first failed request since the last one that succeeded.';
comment on column public.webhook_endpoints.created_by is
  'The person who added it, whether still a member or not. Null once that person has erased their data.';
create index idx_webhook_endpoints_account on public.webhook_endpoints (account_id);
create index idx_webhook_endpoints_created_by on public.webhook_endpoints (created_by) where created_by is not null;

create function recto.guard_webhook() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if new.enabled then
    new.disabled_at := null;
    new.disabled_reason := null;
  elsif old.enabled then
    new.disabled_at := clock_timestamp();
    new.disabled_reason := coalesce(new.disabled_reason, 'person');
  end if;
  -- What another server did, or what was mended, does not count against it.
  if new.url <> old.url or (new.enabled and not old.enabled) then
    new.failing_since := null;
  end if;
  if (new.url, new.events, new.description, new.enabled) is distinct from (old.url, old.events, old.description, old.enabled) then
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
revoke all on function recto.guard_webhook() from public;
create trigger guard_webhook before update on public.webhook_endpoints for each row execute function recto.guard_webhook();
-- The audit log is never erased, so it gets no address and no words of a person.
create trigger begin_changes before insert or delete or update of url, events, description, enabled, public_key
  on public.webhook_endpoints for each statement execute function recto.begin_changes_of_table();
create trigger audit after insert or delete or update of url, events, description, enabled, public_key
  on public.webhook_endpoints for each row execute function recto.audit('url', 'description', 'failing_since');

-- A webhook has one secret without an end. Each one before it signs beside it until its overlap is over.
create table recto.webhook_secrets (
  id uuid primary key default gen_random_uuid(),
  endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
  account_id uuid not null,
  secret text not null check (secret ~ '^whsec_[A-Za-z0-9+/]{43}=$'),
  private_key text not null check (private_key ~ '^whsk_[A-Za-z0-9+/]{86}==$'),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz
);
comment on table recto.webhook_secrets is
  'What signs requests to webhooks, as Standard Webhooks writes it: a symmetric secret (whsec_, v1) and an ed25519 key (whsk_, v1a). No person and no API can read it.';
create index idx_webhook_secrets_endpoint on recto.webhook_secrets (endpoint_id);

alter table public.webhook_endpoints enable row level security;
alter table recto.webhook_secrets enable row level security;
revoke all on public.webhook_endpoints, recto.webhook_secrets from public, anon, authenticated, service_role;
grant select, delete on public.webhook_endpoints to authenticated;
grant update (url, events, description, enabled) on public.webhook_endpoints to authenticated;
grant select (id, account_id, url, enabled, disabled_at, failing_since) on public.webhook_endpoints to recto_worker;
grant update (enabled, disabled_reason, failing_since) on public.webhook_endpoints to recto_worker;
grant select (endpoint_id, secret, private_key, created_at, expires_at) on recto.webhook_secrets to recto_worker;
create policy "people read webhooks that they administer" on public.webhook_endpoints for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));
create policy "counts are not estimated" on public.webhook_endpoints as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "people change webhooks that they administer" on public.webhook_endpoints for update to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));
create policy "people delete webhooks that they administer" on public.webhook_endpoints for delete to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));
create policy "the worker reads webhooks" on public.webhook_endpoints for select to recto_worker using (true);
create policy "the worker disables webhooks" on public.webhook_endpoints for update to recto_worker using (true) with check (true);
create policy "the worker reads secrets of webhooks" on recto.webhook_secrets for select to recto_worker using (true);

-- Raises PT403 unless the caller is the account's person, or an owner or admin of the team. The detail is the code of the
-- API's answer.
create function recto.require_webhook_admin(account uuid) returns void
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if recto.can_use_account(account, (select auth.uid())) is not true then
    raise exception 'not a member of this account' using errcode = 'PT403', detail = 'not_a_member';
  end if;
  if account <> (select auth.uid()) and account <> all (recto.administered_team_ids()) then
    raise exception 'only an owner or an admin may do this' using errcode = 'PT403', detail = 'not_an_admin';
  end if;
end
$$;

-- The account of a webhook that the caller administers. A webhook of strangers raises what one that does not exist does.
create function recto.administer_webhook(webhook uuid) returns uuid
  language plpgsql stable security definer set search_path = ''
as $$
declare
  account uuid;
begin
  select e.account_id into account from public.webhook_endpoints e where e.id = webhook;
  if recto.can_use_account(account, (select auth.uid())) is not true then
    raise exception 'there is no such webhook' using errcode = 'PT404', detail = 'not_found';
  end if;
  perform recto.require_webhook_admin(account);
  return account;
end
$$;
comment on function recto.administer_webhook is
  'The account of a webhook that the caller may change. PT404 for one of strangers, PT403 for a member without the right.';

create function recto.account_of_webhook(webhook uuid) returns uuid
  language sql stable security definer set search_path = ''
as $$ select e.account_id from public.webhook_endpoints e where e.id = webhook $$;
comment on function recto.account_of_webhook is 'Names the account of a transaction. The API never answers it to anyone.';

-- Locks the caller against their deletion, because a webhook and its deliveries have no foreign key to their person, and holds
-- off their erasure. Raises PT401 when there is no such person.
create function recto.lock_webhook_person() returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform from auth.users u where u.id = (select auth.uid()) for key share;
  if not found then
    raise exception 'nobody is signed in' using errcode = 'PT401', detail = 'unauthorized';
  end if;
  perform recto.hold_off_erasure((select auth.uid()));
end
$$;

create function recto.create_webhook(account uuid, url text, events text[], description text, secret text, private_key text,
    public_key text) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  made uuid;
begin
  perform recto.require_webhook_admin(account);
  perform recto.lock_webhook_person();
  perform recto.hold_team(account);
  perform recto.require_webhook_admin(account);
  if recto.first_plan(account) = 'anonymous' then
    raise exception 'people who signed in anonymously have no webhooks' using errcode = 'PT403', detail = 'plan_limit';
  end if;
  perform recto.begin_changes();
  perform recto.lock_webhooks(account);
  if (select count(*) from public.webhook_endpoints e where e.account_id = account)
    >= (select s.webhooks_per_account from recto.settings s) then
    raise exception 'the account has as many webhooks as it may have' using errcode = 'PT403', detail = 'plan_limit';
  end if;
  insert into public.webhook_endpoints (account_id, url, events, description, public_key, created_by)
    values (account, create_webhook.url, create_webhook.events, create_webhook.description, create_webhook.public_key, (select auth.uid()))
    returning id into made;
  insert into recto.webhook_secrets (endpoint_id, account_id, secret, private_key)
    values (made, account, create_webhook.secret, create_webhook.private_key);
  return made;
end
$$;
comment on function recto.create_webhook is
  'Adds a webhook to an account that the caller administers. recto.settings.webhooks_per_account bounds them.';

-- Of the secrets before, none signs for longer than the overlap. There are few at a time, because each is a signature in
-- a header of every request.
create function recto.rotate_webhook_secret(webhook uuid, overlap_seconds integer, secret text, private_key text, public_key text)
  returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  account constant uuid := recto.administer_webhook(webhook);
  until constant timestamptz := clock_timestamp() + make_interval(secs => greatest(0, least(overlap_seconds, 604800)));
begin
  perform recto.hold_team(account);
  perform recto.begin_changes();
  perform recto.lock_webhooks(account);
  update public.webhook_endpoints e set public_key = rotate_webhook_secret.public_key, secret_changed_at = clock_timestamp()
    where e.id = webhook;
  perform recto.administer_webhook(webhook);
  delete from recto.webhook_secrets s
    where s.endpoint_id = webhook and (s.expires_at <= clock_timestamp() or until <= clock_timestamp());
  update recto.webhook_secrets s set expires_at = least(s.expires_at, until) where s.endpoint_id = webhook;
  if (select count(*) from recto.webhook_secrets s where s.endpoint_id = webhook) >= 5 then
    raise exception 'five secrets sign for this webhook' using errcode = 'PT409', detail = 'conflict';
  end if;
  insert into recto.webhook_secrets (endpoint_id, account_id, secret, private_key)
    values (webhook, account, rotate_webhook_secret.secret, rotate_webhook_secret.private_key);
end
$$;
comment on function recto.rotate_webhook_secret is
  'Gives a webhook that the caller administers a new secret. The old ones sign beside it for overlap_seconds (0 to 7 days).';

revoke all on function recto.require_webhook_admin(uuid), recto.administer_webhook(uuid), recto.account_of_webhook(uuid),
  recto.lock_webhook_person(), recto.create_webhook(uuid, text, text[], text, text, text, text),
  recto.rotate_webhook_secret(uuid, integer, text, text, text) from public;
grant execute on function recto.require_webhook_admin(uuid), recto.administer_webhook(uuid), recto.create_webhook(uuid, text, text[], text, text, text, text),
  recto.rotate_webhook_secret(uuid, integer, text, text, text) to authenticated;
grant execute on function recto.account_of_webhook(uuid) to recto_api;
