-- How long what people gave is kept, what they may have of it, and how it is erased on their word while sums stay on the books.

alter table recto.settings
  add column text_days integer check (text_days between 0 and 36500),
  add column calls_days integer check (calls_days between 1 and 36500);
comment on column recto.settings.text_days is 'So many days after its generation is over a text is dropped; its suggestions, with their quotes, stay. Null is never.';
comment on column recto.settings.calls_days is 'So many days after it was made a call''s row is dropped; the sums of its day stay. Null is never.';

alter table recto.account_settings add column text_days integer check (text_days between 0 and 36500);
comment on column recto.account_settings.text_days is 'As in recto.settings; the shorter holds.';

alter table public.ai_generations
  alter column source_text drop not null,
  add column text_digest bytea,
  add constraint source_text_until_finished check (source_text is not null or finished_at is not null),
  add constraint text_digest_instead_of_text check (text_digest is null or source_text is null);
comment on column public.ai_generations.source_text is 'Null once its retention is over.';
comment on column public.ai_generations.text_digest is 'What is left of a text that had an idempotency key, to tell a repeated request from another one.';

create index idx_ai_generations_texts on public.ai_generations (finished_at) where source_text is not null and finished_at is not null;
create index idx_ai_generations_account_texts on public.ai_generations (account_id, finished_at)
  where source_text is not null and finished_at is not null;
create index idx_ai_calls_user_started on public.ai_calls (user_id, started_at, id);
create index idx_usage_daily_user on recto.usage_daily (user_id, day);

create function recto.text_digest(generation_id uuid, source_text text) returns bytea
  language sql immutable set search_path = ''
as $$ select sha256(convert_to(generation_id::text || source_text, 'UTF8')) $$;
comment on function recto.text_digest is 'With the id, so that equal texts of two generations cannot be told from it.';
revoke all on function recto.text_digest(uuid, text) from public;
grant execute on function recto.text_digest(uuid, text) to authenticated;

-- Whom what is left of erased people belongs to: all of them together.
create function recto.nobody() returns uuid language sql immutable set search_path = ''
as $$ select 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid $$;

-- A row stays until nothing personal is left: calls whose cost is not settled yet, and the sum of a month that is not over.
create table recto.erasures (
  person uuid primary key,
  asked_at timestamptz not null
);
comment on table recto.erasures is 'People who had their data erased, while something of it has to wait. No text, no name.';
alter table recto.erasures enable row level security;
revoke all on recto.erasures from public, anon, authenticated, service_role;

-- A person's API process and a worker may be at it at once: one after the other.
create function recto.lock_erasure(who uuid) returns void language sql set search_path = ''
as $$ select pg_advisory_xact_lock(hashtextextended('recto.erase ' || who, 0)) $$;

-- Deletes a batch of the generations that a person had when they asked. Locked by id first of all, as everywhere.
create function recto.erase_texts(who uuid, asked timestamptz, most integer) returns table (id uuid, live boolean)
  language plpgsql set search_path = ''
as $$
begin
  perform recto.lock_erasure(who);
  for id, live in
    with chosen as (
      select g.id from public.ai_generations g where g.user_id = who and g.created_at <= asked
      order by g.created_at desc, g.id desc limit most
    ), locked as materialized (
      select g.id from public.ai_generations g where g.id in (select c.id from chosen c) order by g.id for update
    )
    delete from public.ai_generations g using locked l where g.id = l.id returning g.id, g.finished_at is null
  loop
    if live then
      perform pg_notify('recto_cancel', id::text);
    end if;
    return next;
  end loop;
end
$$;

-- Takes a person's name off a batch of their calls. Those that are to be settled wait: they are found by the id of the provider's
-- request, and booked on the account that they were reserved on.
create function recto.forget_calls(who uuid, asked timestamptz, most integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  done integer;
begin
  perform recto.lock_erasure(who);
  with chosen as (
    select c.id from public.ai_calls c
    where c.user_id = who and c.settle_after is null
      and (c.started_at <= asked or (c.generation_id is null and c.purpose = 'generation'))
    limit most for update
  )
  update public.ai_calls c
    set user_id = recto.nobody(), account_id = case when c.account_id = who then recto.nobody() else c.account_id end,
      generation_id = null, provider_request_id = null, error = null
    from chosen where c.id = chosen.id;
  get diagnostics done = row_count;
  return done;
end
$$;

-- The same for sums. What was spent in a month counts against its budget until it is over.
create function recto.forget_sums(who uuid, asked timestamptz) returns void
  language plpgsql set search_path = ''
as $$
declare
  last date := (asked at time zone 'UTC')::date;
begin
  with over as (
    delete from recto.spending s
    where s.account_id = who and s.month <= recto.month_of(asked) and s.month < recto.month_of(now()) and s.reserved_usd = 0
    returning s.month, s.spent_usd
  )
  insert into recto.spending as s (account_id, month, spent_usd) select recto.nobody(), over.month, over.spent_usd from over
    on conflict (account_id, month) do update set spent_usd = s.spent_usd + excluded.spent_usd;

  update recto.usage_kept k
    set user_id = recto.nobody(), account_id = case when k.account_id = who then recto.nobody() else k.account_id end
    where k.user_id = who and k.day <= last;
  -- The days are counted again, by the marks: of what there is now.
  with gone as (
    delete from recto.usage_daily d where d.user_id = who and d.day <= last returning d.day, d.account_id
  )
  insert into recto.usage_dirty (day, account_id)
    select g.day, g.account_id from gone g union select g.day, recto.nobody() from gone g where g.account_id = who;
end
$$;
revoke all on function recto.nobody(), recto.lock_erasure(uuid), recto.erase_texts(uuid, timestamptz, integer),
  recto.forget_calls(uuid, timestamptz, integer), recto.forget_sums(uuid, timestamptz) from public;

create function recto.begin_erasure() returns void
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  caller uuid := (select auth.uid());
  asked timestamptz := clock_timestamp();
  team public.accounts;
begin
  if caller is null then
    raise exception 'nobody is signed in' using errcode = 'PT401';
  end if;
  for team in
    select a.* from public.accounts a
    where a.id in (select m.account_id from public.account_members m where m.user_id = caller) order by a.id for update
  loop
    delete from public.account_members m where m.account_id = team.id and m.user_id = caller;
    if not exists (select from public.account_members m where m.account_id = team.id) then
      -- It stays as one that was made: else erasing would be a way to one free plan after another.
      update public.accounts a set name = 'erased', shares_texts = false where a.id = team.id;
    elsif not exists (select from public.account_members m where m.account_id = team.id and m.role = 'owner') then
      raise exception 'a team needs an owner' using errcode = 'PT409', detail = json_build_object('name', team.name)::text;
    end if;
  end loop;
  delete from recto.connection_tests t where t.user_id = caller;
  delete from public.budget_alerts b where b.account_id = caller and b.month < recto.month_of(asked);
  update public.ai_calls c set error = null where c.user_id = caller and c.settle_after is not null and c.error is not null;
  insert into recto.erasures (person, asked_at) values (caller, asked)
    on conflict (person) do update set asked_at = excluded.asked_at;
end
$$;
comment on function recto.begin_erasure is 'The caller leaves their teams (those of nobody else lose their name), and what is theirs is erased from here on. PT409 for the last owner of a team that has others.';

create function recto.continue_erasure(most integer) returns table (id uuid, live boolean)
  language sql security definer set search_path = ''
as $$
  select t.id, t.live from recto.erasures e, recto.erase_texts(e.person, e.asked_at, most) t where e.person = (select auth.uid())
$$;
comment on function recto.continue_erasure is 'Deletes a batch of the caller''s generations, after begin_erasure; answers their ids, and whether they were live.';

create function recto.end_erasure(most integer) returns integer
  language plpgsql security definer set search_path = ''
as $$
declare
  erasure recto.erasures;
begin
  select * into erasure from recto.erasures e where e.person = (select auth.uid());
  perform recto.forget_sums(erasure.person, erasure.asked_at);
  return recto.forget_calls(erasure.person, erasure.asked_at, most);
end
$$;
comment on function recto.end_erasure is 'Takes the caller''s name off their sums and a batch of their calls; answers how many. What waits is the workers'' to end.';

revoke all on function recto.begin_erasure(), recto.continue_erasure(integer), recto.end_erasure(integer) from public;
grant execute on function recto.begin_erasure(), recto.continue_erasure(integer), recto.end_erasure(integer) to authenticated;

-- What time alone takes away, in batches; by one worker at a time. Answers how much there was of each: less than asked for is all.
create function recto.retain(most integer) returns table (texts integer, calls integer, erased integer)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  setting recto.settings;
  erasure recto.erasures;
  batch integer;
begin
  texts := 0;
  calls := 0;
  erased := 0;
  if not pg_try_advisory_xact_lock(hashtextextended('recto.retain', 0)) then
    return next;
    return;
  end if;
  select * into setting from recto.settings;

  if setting.text_days is not null or exists (select from recto.account_settings a where a.text_days is not null) then
    with due as materialized (
      (select g.id from public.ai_generations g
        where g.source_text is not null and g.finished_at is not null and g.finished_at < now() - make_interval(days => setting.text_days)
        order by g.finished_at limit most)
      union
      select g.id from recto.account_settings a cross join lateral (
        select o.id from public.ai_generations o
        where o.account_id = a.account_id and o.source_text is not null and o.finished_at is not null
          and o.finished_at < now() - make_interval(days => a.text_days)
        order by o.finished_at limit most
      ) g where a.text_days < coalesce(setting.text_days, a.text_days + 1)
      limit most
    ), locked as (
      select g.id from public.ai_generations g where g.id in (select d.id from due d) for update skip locked
    )
    update public.ai_generations g
      set source_text = null, text_digest = case when g.idempotency_key is not null then recto.text_digest(g.id, g.source_text) end
      from locked l where g.id = l.id and g.source_text is not null;
    get diagnostics texts = row_count;
  end if;

  if setting.calls_days is not null then
    delete from public.ai_calls c using (
      select o.id from public.ai_calls o
      where o.started_at < now() - make_interval(days => setting.calls_days) and o.settle_after is null
        and not exists (select from public.ai_generations g where g.id = o.generation_id and g.finished_at is null)
      limit most for update of o skip locked
    ) old where c.id = old.id;
    get diagnostics calls = row_count;
  end if;

  for erasure in select * from recto.erasures loop
    select count(*) into batch from recto.erase_texts(erasure.person, erasure.asked_at, most);
    perform recto.forget_sums(erasure.person, erasure.asked_at);
    batch := batch + recto.forget_calls(erasure.person, erasure.asked_at, most);
    if batch = 0 and not exists (select from public.ai_calls c where c.user_id = erasure.person and c.started_at <= erasure.asked_at)
      and not exists (select from recto.spending s where s.account_id = erasure.person and s.month <= recto.month_of(erasure.asked_at)) then
      delete from recto.erasures e where e.person = erasure.person and e.asked_at = erasure.asked_at;
    end if;
    erased := greatest(erased, batch);
  end loop;
  return next;
end
$$;
comment on function recto.retain is 'Drops texts and calls whose time is over, and ends erasures that had to wait.';
revoke all on function recto.retain(integer) from public;
grant execute on function recto.retain(integer) to recto_worker;

-- What people are shown of the rows about them that they cannot read themselves, for their export.
create function recto.my_calls(after_time timestamptz, after_id uuid, most integer)
  returns table (id uuid, generation_id uuid, account_id uuid, attempt integer, purpose text, provider text, region text,
    data_residency text, model text, model_served text, outcome text, http_status integer, provider_request_id text,
    tokens_input integer, tokens_output integer, tokens_reasoning integer, tokens_cached integer, cost_usd numeric,
    cost_source text, latency_ms integer, first_token_ms integer, error jsonb, started_at timestamptz, finished_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select c.id, c.generation_id, c.account_id, c.attempt, c.purpose, c.provider, c.region, c.data_residency, c.model, c.model_served,
    c.outcome, c.http_status, c.provider_request_id, c.tokens_input, c.tokens_output, c.tokens_reasoning, c.tokens_cached, c.cost_usd,
    c.cost_source, c.latency_ms, c.first_token_ms, c.error, c.started_at, c.finished_at
  from public.ai_calls c
  where c.user_id = (select auth.uid())
    and (c.started_at, c.id) > (coalesce(after_time, '-infinity'), coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  order by c.started_at, c.id limit most
$$;

create function recto.my_admissions(after_limit text, after_seq bigint, most integer)
  returns table (limit_name text, seq bigint, admitted_at timestamptz, tokens bigint)
  language sql stable security definer set search_path = ''
as $$
  select a.limit_name, a.seq, a.admitted_at, a.tokens from recto.admissions a
  where a.account_id = (select auth.uid()) and (a.limit_name, a.seq) > (coalesce(after_limit, ''), coalesce(after_seq, 0))
  order by a.limit_name, a.seq limit most
$$;

-- The rest: there is little of each. Money as text, as everywhere.
create function recto.my_records() returns table (type text, data jsonb)
  language sql stable security definer set search_path = ''
as $$
  with caller as (select auth.uid() as id)
  select 'account', to_jsonb(a) from public.accounts a, caller where a.id = caller.id
  union all
  select 'membership', to_jsonb(m) - 'user_id' || jsonb_build_object('name', a.name)
    from public.account_members m join public.accounts a on a.id = m.account_id, caller where m.user_id = caller.id
  union all
  select 'setting', to_jsonb(s) from recto.account_settings s, caller where s.account_id = caller.id
  union all
  select 'override', to_jsonb(o) from recto.account_overrides o, caller where o.account_id = caller.id
  union all
  select 'spending', jsonb_build_object('month', s.month, 'spent_usd', s.spent_usd::text, 'reserved_usd', s.reserved_usd::text)
    from recto.spending s, caller where s.account_id = caller.id
  union all
  select 'usage', jsonb_build_object('day', u.day, 'account_id', u.account_id, 'model', u.model, 'generations', u.generations,
      'suggestions', u.suggestions, 'accepted', u.accepted, 'rejected', u.rejected, 'calls', u.calls, 'tokens_input', u.tokens_input,
      'tokens_output', u.tokens_output, 'cost_usd', u.cost_usd::text)
    from recto.usage_daily u, caller where u.user_id = caller.id
  union all
  select 'alert', jsonb_build_object('month', b.month, 'threshold', b.threshold, 'budget_usd', b.budget_usd::text,
      'spent_usd', b.spent_usd::text, 'created_at', b.created_at)
    from public.budget_alerts b, caller where b.account_id = caller.id
  union all
  select 'connection_test', to_jsonb(t) - 'user_id' from recto.connection_tests t, caller where t.user_id = caller.id
  union all
  select 'audit', to_jsonb(l) from recto.audit_log l, caller where l.account_id = caller.id or l.actor = caller.id::text
$$;
create index idx_audit_log_actor on recto.audit_log (actor);

revoke all on function recto.my_calls(timestamptz, uuid, integer), recto.my_admissions(text, bigint, integer), recto.my_records() from public;
grant execute on function recto.my_calls(timestamptz, uuid, integer), recto.my_admissions(text, bigint, integer), recto.my_records() to authenticated;

-- Which keys serve. One row per provider and one audit row per change, however many workers have the same keys.
create table recto.provider_keys_seen (
  provider text primary key,
  fingerprints text[] not null,
  seen_at timestamptz not null default clock_timestamp()
);
comment on table recto.provider_keys_seen is 'The keys that workers read last, by fingerprint: printf %s "$KEY" | sha256sum | cut -c1-12';
alter table recto.provider_keys_seen enable row level security;
revoke all on recto.provider_keys_seen from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.provider_keys_seen for each row execute function recto.audit();

create function recto.note_keys(provider text, fingerprints text[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  known text[] := array(select distinct f from unnest(note_keys.fingerprints) f order by f);
begin
  -- Nothing that could be a key itself.
  if exists (select from unnest(known) f where f !~ '^[0-9a-f]{12}$') then
    raise exception 'a fingerprint has twelve hexadecimal digits' using errcode = 'check_violation';
  end if;
  if known = '{}' and not exists (select from recto.provider_keys_seen s where s.provider = note_keys.provider) then
    return;
  end if;
  insert into recto.provider_keys_seen as s (provider, fingerprints) values (note_keys.provider, known)
    on conflict on constraint provider_keys_seen_pkey do update set fingerprints = excluded.fingerprints, seen_at = clock_timestamp()
    where s.fingerprints <> excluded.fingerprints;
end
$$;
comment on function recto.note_keys is 'Called by a worker when it has read its keys.';
revoke all on function recto.note_keys(text, text[]) from public;
grant execute on function recto.note_keys(text, text[]) to recto_worker;
