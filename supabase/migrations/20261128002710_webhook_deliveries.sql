-- What webhooks are told: an outbox that the transaction of each event writes (docs/adr/0020).

-- endpoint_id has no foreign key: the check of one would lock the webhook in every transaction that ends a generation, and
-- deleting a webhook would delete all of this at once. The deliveries of a webhook that is gone stay for their time.
create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  endpoint_id uuid not null,
  account_id uuid not null,
  user_id uuid,
  webhook_id text not null,
  type text not null,
  data jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'succeeded', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  tries integer not null default 0 check (tries >= 0),
  due_at timestamptz default clock_timestamp(),
  queued_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint finished_has_time check ((status = 'pending') = (finished_at is null)),
  constraint only_pending_is_due check (due_at is null or status = 'pending')
);
comment on table public.webhook_deliveries is
  'One row per event and webhook. Who administers the account reads it: it says what each member does. It holds ids and numbers, and never a text.';
comment on column public.webhook_deliveries.user_id is 'Whose event it is. Null for events of the account.';
comment on column public.webhook_deliveries.webhook_id is
  'The header webhook-id: the same for each attempt of an event, so that a receiver recognises what it has had.';
comment on column public.webhook_deliveries.attempts is 'How many requests were made in all.';
comment on column public.webhook_deliveries.tries is 'How many requests were made since the event, or since its last replay.';
comment on column public.webhook_deliveries.due_at is 'When the next request is due. Null when it is in the queue, and when there is none.';
create index idx_webhook_deliveries_endpoint on public.webhook_deliveries (account_id, endpoint_id, created_at desc, id desc);
create index idx_webhook_deliveries_user on public.webhook_deliveries (user_id) where user_id is not null;
create index idx_webhook_deliveries_due on public.webhook_deliveries (due_at) where due_at is not null;
-- Finds the webhooks with something due, and the first of each, however long the backlog of one is.
create index idx_webhook_deliveries_due_of on public.webhook_deliveries (endpoint_id, due_at) where due_at is not null;
create index idx_webhook_deliveries_queued on public.webhook_deliveries (endpoint_id, queued_at)
  where status = 'pending' and due_at is null;
create index idx_webhook_deliveries_created on public.webhook_deliveries using brin (created_at) with (pages_per_range = 32, autosummarize = on);

create table public.webhook_attempts (
  delivery_id uuid not null references public.webhook_deliveries (id) on delete cascade,
  number integer not null check (number > 0),
  account_id uuid not null,
  started_at timestamptz not null,
  http_status integer,
  class text check (class in ('blocked_url', 'blocked_address', 'dns', 'connection', 'tls', 'timeout', 'redirect', 'http_status')),
  latency_ms integer not null,
  excerpt text check (char_length(excerpt) <= 4096),
  message text check (char_length(message) <= 1000),
  primary key (delivery_id, number)
);
comment on table public.webhook_attempts is 'One row per request to a webhook, of the last 50 of each delivery.';
comment on column public.webhook_attempts.class is 'Why it failed. Null for one that succeeded.';
comment on column public.webhook_attempts.excerpt is 'The begin of what the receiver answered, without secrets.';
create index idx_webhook_attempts_account on public.webhook_attempts (account_id);

alter table public.webhook_deliveries enable row level security;
alter table public.webhook_attempts enable row level security;
revoke all on public.webhook_deliveries, public.webhook_attempts from public, anon, authenticated, service_role;
grant select on public.webhook_deliveries, public.webhook_attempts to authenticated;
grant select on public.webhook_deliveries to recto_worker;
grant update (status, attempts, tries, due_at, queued_at, finished_at) on public.webhook_deliveries to recto_worker;
grant select (delivery_id, number), insert, delete on public.webhook_attempts to recto_worker;
create policy "people read deliveries that they administer" on public.webhook_deliveries for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));
create policy "counts are not estimated" on public.webhook_deliveries as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "people read attempts that they administer" on public.webhook_attempts for select to authenticated
  using (account_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));
create policy "counts are not estimated" on public.webhook_attempts as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "the worker reads deliveries" on public.webhook_deliveries for select to recto_worker using (true);
create policy "the worker updates deliveries" on public.webhook_deliveries for update to recto_worker using (true) with check (true);
create policy "the worker writes attempts" on public.webhook_attempts for all to recto_worker using (true) with check (true);

create function recto.time_as_json(at timestamptz) returns text language sql immutable set search_path = ''
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Runs in every transaction that ends generations, so it is one statement with one look at an index. An account without
-- webhooks gets no row.
create function recto.announce_generation() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.webhook_deliveries (endpoint_id, account_id, user_id, webhook_id, type, data)
    select e.id, e.account_id, new.user_id, 'generation_' || new.id, 'generation.' || new.status, jsonb_build_object(
        'generation_id', new.id, 'account_id', new.account_id, 'user_id', new.user_id, 'kind', new.kind, 'status', new.status,
        'attempts', new.attempts, 'suggestions_count', new.suggestions_count, 'tokens_input', new.tokens_input,
        'tokens_output', new.tokens_output, 'cost_usd', trim_scale(new.cost_usd)::text,
        'error', case when new.error is not null
          then jsonb_build_object('code', new.error -> 'code', 'retryable', new.error -> 'retryable') end,
        'created_at', recto.time_as_json(new.created_at), 'finished_at', recto.time_as_json(new.finished_at))
    from public.webhook_endpoints e
    where e.account_id = new.account_id and e.enabled and 'generation.' || new.status = any (e.events);
  return null;
end
$$;
create trigger announce_generation after update of status on public.ai_generations for each row
  when (old.finished_at is null and new.finished_at is not null) execute function recto.announce_generation();

create function recto.announce_budget_alert() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.webhook_deliveries (endpoint_id, account_id, webhook_id, type, data)
    select e.id, e.account_id,
      'budget_' || new.account_id || '_' || new.month || '_' || case new.reason when 'spent' then new.threshold::text else new.reason end,
      'budget.alert', jsonb_build_object('account_id', new.account_id, 'month', new.month, 'reason', new.reason,
        'threshold', new.threshold, 'spent_usd', trim_scale(new.spent_usd)::text, 'budget_usd', trim_scale(new.budget_usd)::text)
    from public.webhook_endpoints e
    where e.account_id = new.account_id and e.enabled and 'budget.alert' = any (e.events);
  return null;
end
$$;
create trigger announce_budget_alert after insert on public.budget_alerts
  for each row execute function recto.announce_budget_alert();

revoke all on function recto.time_as_json(timestamptz), recto.announce_generation(), recto.announce_budget_alert() from public;
grant execute on function recto.time_as_json(timestamptz) to recto_worker;

-- A person who is deleted leaves no webhook behind, and nothing that names them.
create function recto.delete_webhooks() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.webhook_endpoints e where e.account_id = old.id;
  update public.webhook_endpoints e set created_by = null where e.created_by = old.id;
  delete from public.webhook_deliveries d where d.account_id = old.id or d.user_id = old.id;
  return null;
end
$$;
revoke all on function recto.delete_webhooks() from public;
create trigger recto_delete_webhooks after delete on auth.users for each row execute function recto.delete_webhooks();

-- What a person is shown of the deliveries about them, also of teams that they have left, for their export. What the receiver
-- of a team answered is for those who administer the team.
create function recto.export_deliveries(after_time timestamptz, after_id uuid, most integer)
  returns table (id uuid, endpoint_id uuid, account_id uuid, webhook_id text, type text, data jsonb, status text, attempts jsonb,
    created_at timestamptz, finished_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select d.id, d.endpoint_id, d.account_id, d.webhook_id, d.type, d.data, d.status, (
      select coalesce(jsonb_agg(to_jsonb(a) - '{account_id,delivery_id}'::text[]
        - case when d.account_id = (select auth.uid()) then '{}' else '{excerpt,message}' end::text[] order by a.number), '[]')
      from public.webhook_attempts a where a.delivery_id = d.id
    ), d.created_at, d.finished_at
  from public.webhook_deliveries d
  where (d.user_id = (select auth.uid()) or d.account_id = (select auth.uid()))
    and (d.created_at, d.id) > (coalesce(after_time, '-infinity'), coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  order by d.created_at, d.id limit most
$$;
revoke all on function recto.export_deliveries(timestamptz, uuid, integer) from public;
grant execute on function recto.export_deliveries(timestamptz, uuid, integer) to authenticated;
