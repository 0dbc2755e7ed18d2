-- Providers: the health of their routes, and their keys.

-- The health of routes is shared by all workers: what one worker has learned of a provider, the others need not learn
-- again.
create table public.ai_routes_health (
  provider text not null,
  model text not null,
  region text not null,
  state text not null default 'closed' check (state in ('closed', 'open', 'half_open')),
  reason text,
  openings integer not null default 0,
  open_until timestamptz,
  changed_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  priced_on date,
  primary key (provider, model)
);
comment on table public.ai_routes_health is
  'One row per (provider, model) that a worker can use. state open: requests go elsewhere until open_until.';
comment on column public.ai_routes_health.reason is 'The failure class that opened the route.';
comment on column public.ai_routes_health.seen_at is 'When a worker last had a key for the route.';
comment on column public.ai_routes_health.priced_on is 'The day of its price in the catalog of that worker.';

alter table public.ai_routes_health enable row level security;
revoke all on public.ai_routes_health from public, anon, authenticated, service_role;
grant select, insert on public.ai_routes_health to recto_worker;
grant update (region, state, reason, openings, open_until, changed_at, seen_at, priced_on) on public.ai_routes_health to recto_worker;
create policy "the worker reads routes" on public.ai_routes_health for select to recto_worker using (true);
create policy "the worker adds routes" on public.ai_routes_health for insert to recto_worker with check (true);
create policy "the worker updates routes" on public.ai_routes_health for update to recto_worker using (true) with check (true);

create function recto.live_routes() returns table (provider text, model text, state text)
  language sql stable security definer set search_path = ''
as $$
  select r.provider, r.model, r.state from public.ai_routes_health r where r.seen_at > now() - interval '2 minutes'
$$;
comment on function recto.live_routes is 'The routes that some worker can use now, for the list of models.';
revoke all on function recto.live_routes() from public;
grant execute on function recto.live_routes() to recto_api;

-- Keys in Supabase Vault. Only names under recto/ are read, so that the worker's role opens no other secret of the
-- project.
create function recto.provider_keys(variables text[]) returns table (variable text, secret text)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if to_regclass('vault.decrypted_secrets') is null then
    raise exception 'this database has no Supabase Vault' using errcode = 'feature_not_supported';
  end if;
  return query execute
    'select substr(name, 7), decrypted_secret from vault.decrypted_secrets where name = any ($1)'
    using (select array_agg('recto/' || v) from unnest(variables) v);
end
$$;
comment on function recto.provider_keys is
  'Provider keys that stand in Supabase Vault under recto/<variable>, e.g. recto/OPENROUTER_API_KEY.';
revoke all on function recto.provider_keys(text[]) from public;
grant execute on function recto.provider_keys(text[]) to recto_worker;

-- Which keys serve: one row per provider and one audit row per change, however many workers have the same keys.
create table recto.provider_key_fingerprints (
  provider text primary key,
  fingerprints text[] not null,
  seen_at timestamptz not null default clock_timestamp()
);
comment on table recto.provider_key_fingerprints is
  'Fingerprints of the keys that workers read last: printf %s "$KEY" | sha256sum | cut -c1-12';
alter table recto.provider_key_fingerprints enable row level security;
revoke all on recto.provider_key_fingerprints from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.provider_key_fingerprints for each row execute function recto.audit();

-- How old each key is. A key that leaves and comes back keeps its age.
create table recto.provider_keys_seen (
  provider text not null,
  fingerprint text not null check (fingerprint ~ '^[0-9a-f]{12}$'),
  first_seen_at timestamptz not null default clock_timestamp(),
  primary key (provider, fingerprint)
);
comment on table recto.provider_keys_seen is 'When a worker first read each provider key, by its fingerprint.';
alter table recto.provider_keys_seen enable row level security;
revoke all on recto.provider_keys_seen from public, anon, authenticated, service_role;

create function recto.record_key_fingerprints(provider text, fingerprints text[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  known text[] := array(select distinct f from unnest(record_key_fingerprints.fingerprints) f order by f);
begin
  -- A value that could be a key itself is refused by the table.
  insert into recto.provider_keys_seen (provider, fingerprint)
    select record_key_fingerprints.provider, f from unnest(known) f
    on conflict on constraint provider_keys_seen_pkey do nothing;
  if known = '{}' and not exists (select from recto.provider_key_fingerprints s where s.provider = record_key_fingerprints.provider) then
    return;
  end if;
  insert into recto.provider_key_fingerprints as s (provider, fingerprints) values (record_key_fingerprints.provider, known)
    on conflict on constraint provider_key_fingerprints_pkey do update set fingerprints = excluded.fingerprints, seen_at = clock_timestamp()
    where s.fingerprints <> excluded.fingerprints;
end
$$;
comment on function recto.record_key_fingerprints is 'A worker calls this when it has read its keys.';
revoke all on function recto.record_key_fingerprints(text, text[]) from public;
grant execute on function recto.record_key_fingerprints(text, text[]) to recto_worker;

-- The last use is looked up in the calls of the last 31 days, which their index by time finds.
create function recto.provider_key_ages()
  returns table (provider text, fingerprint text, in_use boolean, first_seen_at timestamptz, age_days integer,
    last_used_at timestamptz, is_old boolean)
  language sql stable security definer set search_path = ''
as $$
  select k.provider, k.fingerprint, coalesce(k.fingerprint = any (now_used.fingerprints), false), k.first_seen_at,
    extract(days from now() - k.first_seen_at)::integer, used.last_at,
    coalesce(k.fingerprint = any (now_used.fingerprints) and k.first_seen_at < now() - make_interval(days => s.key_days), false)
  from recto.provider_keys_seen k
    cross join recto.settings s
    left join recto.provider_key_fingerprints now_used on now_used.provider = k.provider
    left join (
      select c.provider, c.key_fingerprint, max(c.started_at) as last_at from public.ai_calls c
      where c.started_at > now() - interval '31 days' group by 1, 2
    ) used on used.provider = k.provider and used.key_fingerprint = k.fingerprint
  order by 3 desc, 1, 4
$$;
comment on function recto.provider_key_ages is
  'Every provider key that a worker ever read, by its fingerprint. is_old: in use for longer than recto.settings.key_days.';
revoke all on function recto.provider_key_ages() from public;
grant execute on function recto.provider_key_ages() to recto_worker;

-- How long routes take to their first token: a worker that has just started has measured none of it. The index by time
-- finds the calls. An answer in one piece has its first token when it is there.
create function recto.recent_first_tokens() returns table (provider text, model text, measured integer[])
  language sql stable security definer set search_path = ''
as $$
  select t.provider, t.model, array_agg(t.ms order by t.started_at)
  from (
    select c.provider, c.model, c.started_at, coalesce(c.first_token_ms, c.latency_ms) as ms,
      row_number() over (partition by c.provider, c.model order by c.started_at desc) as nth
    from public.ai_calls c
    where c.started_at > now() - interval '6 hours' and (c.first_token_ms is not null or c.outcome = 'ok')
  ) t
  where t.nth <= 50 and t.ms is not null
  group by 1, 2
$$;
comment on function recto.recent_first_tokens is
  'Milliseconds to the first token of the last 50 calls of each route within six hours, oldest first.';
revoke all on function recto.recent_first_tokens() from public;
grant execute on function recto.recent_first_tokens() to recto_worker;
