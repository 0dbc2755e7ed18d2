-- Who is limited and billed: a person's own account, or a team's. What an account may do is its plan, and the overrides that hold now.

create table public.plans (
  name text primary key check (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
  per_window integer check (per_window >= 0),
  window_seconds integer not null default 300 check (window_seconds between 1 and 86400),
  burst integer not null default 0 check (burst >= 0),
  per_day integer check (per_day >= 0),
  per_month integer check (per_month >= 0),
  concurrent integer check (concurrent >= 1),
  tokens_per_hour bigint check (tokens_per_hour >= 0),
  max_characters integer not null default 10000 check (max_characters between 1000 and 10000),
  priority integer not null default 0 check (priority between 0 and 100),
  allowed_models text[],
  monthly_budget_usd numeric check (monthly_budget_usd >= 0),
  over_budget text not null default 'fail' check (over_budget in ('fail', 'wait')),
  throttle boolean not null default false
);
comment on table public.plans is 'Changed by SQL, in force at once: update plans set per_day = 20 where name = ''free''; Null is no limit.';
comment on column public.plans.burst is 'So many more in one window, as long as ten windows together hold no more than ten times per_window.';
comment on column public.plans.per_month is 'Of any 30 days.';
comment on column public.plans.concurrent is 'Beyond it a generation is accepted and waits.';
comment on column public.plans.tokens_per_hour is 'As estimated when a generation is admitted.';
comment on column public.plans.priority is 'Band in the queue: any job of a higher one is before all of a lower one.';
comment on column public.plans.allowed_models is 'Names that a request may have, aliases or ids.';
comment on column public.plans.over_budget is 'What waiting generations do once the budget is used up: fail, or wait for the new month.';
comment on column public.plans.throttle is 'Above 90 % of the budget the cheapest allowed model is asked.';

insert into public.plans (name, per_window, per_day, per_month, concurrent, tokens_per_hour, priority, monthly_budget_usd)
values ('free', 5, 10, 100, 2, 200000, 0, 0.50),
  ('starter', 20, 100, 2000, 5, 1000000, 10, 5.00),
  ('pro', 60, 1000, 20000, 20, 10000000, 20, 50.00);

create table public.accounts (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('personal', 'team')),
  name text check (char_length(name) between 1 and 100),
  plan text not null default 'free' references public.plans (name) on update cascade,
  shares_texts boolean not null default false,
  created_by uuid,
  created_at timestamptz not null default now(),
  constraint team_has_name check (kind = 'personal' or name is not null),
  constraint personal_shares_nothing check (kind = 'team' or not shares_texts)
);
comment on table public.accounts is 'A personal account has its person''s id, and its row from its first generation on. The plan is the operator''s to set.';
comment on column public.accounts.shares_texts is 'Whether members see the texts and suggestions of one another, and not only their usage.';
comment on column public.accounts.created_by is 'Of a team: who made it, member still or not. A bare id: a team outlives its maker.';
create index idx_accounts_plan on public.accounts (plan);
create index idx_accounts_created_by on public.accounts (created_by) where created_by is not null;

create table public.account_members (
  account_id uuid not null references public.accounts (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  primary key (account_id, user_id)
);
comment on table public.account_members is 'Of teams; a person''s own account needs no row. Written by functions alone.';
create index idx_account_members_user on public.account_members (user_id, account_id);

create table recto.account_overrides (
  id bigint generated always as identity primary key,
  account_id uuid not null,
  changes jsonb not null check (jsonb_typeof(changes) = 'object' and changes <> '{}' and not changes ? 'name'),
  expires_at timestamptz not null,
  note text,
  created_at timestamptz not null default now()
);
comment on table recto.account_overrides is 'Columns of plans that differ for an account until then: insert into recto.account_overrides (account_id, changes, expires_at) values (…, ''{"per_day": 500}'', ''2027-06-07'');';
create index idx_account_overrides_account on recto.account_overrides (account_id, id);

create function recto.check_override() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  plan public.plans;
begin
  if exists (select from jsonb_object_keys(new.changes) key where not key = any (
    select attname from pg_attribute where attrelid = 'public.plans'::regclass and attnum > 0 and not attisdropped
  )) then
    raise exception 'an override changes what is no column of plans: %', new.changes using errcode = 'check_violation';
  end if;
  select * into plan from public.plans order by name limit 1;
  -- What is no number where one is needed fails here, and not at somebody's next generation.
  plan := jsonb_populate_record(plan, new.changes);
  return new;
end
$$;
revoke all on function recto.check_override() from public;
create trigger check_override before insert or update on recto.account_overrides
  for each row execute function recto.check_override();

-- What an account may do now. Accounts without a row have the plan of new ones.
create function recto.plan_of(account uuid) returns public.plans
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
  override jsonb;
begin
  select p.* into rule from public.plans p
    where p.name = coalesce((select a.plan from public.accounts a where a.id = account), 'free');
  for override in
    select o.changes from recto.account_overrides o where o.account_id = account and o.expires_at > now() order by o.id
  loop
    rule := jsonb_populate_record(rule, override);
  end loop;
  return rule;
end
$$;

create function recto.team_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(account_id), '{}') from public.account_members where user_id = (select auth.uid())
$$;
comment on function recto.team_ids is 'The teams of the caller.';

create function recto.sharing_team_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(m.account_id), '{}') from public.account_members m
  join public.accounts a on a.id = m.account_id and a.shares_texts
  where m.user_id = (select auth.uid())
$$;

-- As a list, and not as a condition on each row: a person's own suggestions must be found by index.
create function recto.shared_generation_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(g.id), '{}') from public.ai_generations g where g.account_id = any ((select recto.sharing_team_ids())::uuid[])
$$;
comment on function recto.shared_generation_ids is 'The generations of those teams.';
comment on function recto.sharing_team_ids is 'The teams of the caller whose members see each other''s texts.';

create function recto.may_use(account uuid, person uuid) returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return account = person or exists (
    select from public.account_members m where m.account_id = account and m.user_id = person
  );
end
$$;
comment on function recto.may_use is 'Whether a person may generate for an account.';

revoke all on function recto.plan_of(uuid), recto.team_ids(), recto.sharing_team_ids(), recto.shared_generation_ids(), recto.may_use(uuid, uuid) from public;
grant execute on function recto.team_ids(), recto.sharing_team_ids(), recto.shared_generation_ids() to authenticated;
grant execute on function recto.plan_of(uuid) to recto_worker;

alter table public.plans enable row level security;
alter table public.accounts enable row level security;
alter table public.account_members enable row level security;
alter table recto.account_overrides enable row level security;
revoke all on public.plans, public.accounts, public.account_members, recto.account_overrides from public, anon, authenticated, service_role;
grant select on public.plans, public.accounts, public.account_members to authenticated;
create policy "everybody signed in reads plans" on public.plans for select to authenticated using (true);
create policy "people read their accounts" on public.accounts for select to authenticated
  using (id = (select auth.uid()) or id = any ((select recto.team_ids())::uuid[]));
create policy "members read members" on public.account_members for select to authenticated
  using (account_id = any ((select recto.team_ids())::uuid[]));

-- Generations for a team, and what its members see of one another.
grant insert (account_id) on public.ai_generations to authenticated;
create index idx_ai_generations_account_created on public.ai_generations (account_id, created_at desc, id desc);

alter policy "people create their own generations" on public.ai_generations
  with check ((select auth.uid()) = user_id and (account_id = user_id or account_id = any ((select recto.team_ids())::uuid[])));
alter policy "people read their own generations" on public.ai_generations
  using ((select auth.uid()) = user_id or account_id = any ((select recto.sharing_team_ids())::uuid[]));
alter policy "people read their own suggestions" on public.ai_suggestions
  using ((select auth.uid()) = user_id or generation_id = any ((select recto.shared_generation_ids())::uuid[]));

-- Teams are made and changed by these. Each takes the account's row first, so that two owners cannot both be the last to leave.
create function public.create_team(name text) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  team uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'nobody is signed in' using errcode = 'PT401';
  end if;
  -- A team on the free plan has a free plan's limits of its own: without a bound, teams would be a way around them.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended((select auth.uid())::text, 7));
  if (select count(*) from public.accounts a where a.created_by = (select auth.uid()) and a.plan = 'free')
    >= (select s.free_teams from recto.settings s) then
    raise exception 'no more teams on the free plan' using errcode = 'PT403';
  end if;
  insert into public.accounts (kind, name, created_by) values ('team', create_team.name, (select auth.uid())) returning id into team;
  insert into public.account_members (account_id, user_id, role) values (team, (select auth.uid()), 'owner');
  return team;
end
$$;
comment on function public.create_team is 'Makes a team with the caller as its owner; answers its id. So many on the free plan as recto.settings.free_teams says.';

-- The caller's role in a team whose row is locked from here on; no such team and not a member look the same.
create function recto.lock_team(team uuid) returns text
  language plpgsql security definer set search_path = ''
as $$
declare
  role text;
begin
  perform from public.accounts a where a.id = team and a.kind = 'team' for update;
  select m.role into role from public.account_members m where m.account_id = team and m.user_id = (select auth.uid());
  if role is null then
    raise exception 'there is no such team' using errcode = 'PT404';
  end if;
  return role;
end
$$;

create function recto.keep_owner(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  if not exists (select from public.account_members where account_id = team and role = 'owner') then
    raise exception 'a team needs an owner' using errcode = 'PT409';
  end if;
end
$$;

create function public.set_member(team uuid, member uuid, role text) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own text := recto.lock_team(team);
  before text;
begin
  if set_member.role is null or set_member.role not in ('owner', 'admin', 'member') then
    raise exception 'a role is owner, admin or member' using errcode = 'PT400';
  end if;
  select m.role into before from public.account_members m where m.account_id = team and m.user_id = member;
  -- Owners do everything; admins bring members in and let them out.
  if own <> 'owner' and (own <> 'admin' or set_member.role <> 'member' or coalesce(before, 'member') <> 'member') then
    raise exception 'only an owner may do this' using errcode = 'PT403';
  end if;
  insert into public.account_members (account_id, user_id, role) values (team, member, set_member.role)
    on conflict (account_id, user_id) do update set role = excluded.role;
  perform recto.keep_owner(team);
exception when foreign_key_violation then
  raise exception 'there is no such person' using errcode = 'PT404';
end
$$;
comment on function public.set_member is 'Adds a person to a team, or changes their role. Owners may; admins may add members.';

create function public.remove_member(team uuid, member uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own text := recto.lock_team(team);
begin
  if member <> (select auth.uid()) and own <> 'owner' and (own <> 'admin' or exists (
    select from public.account_members m where m.account_id = team and m.user_id = member and m.role <> 'member'
  )) then
    raise exception 'only an owner may do this' using errcode = 'PT403';
  end if;
  delete from public.account_members m where m.account_id = team and m.user_id = member;
  perform recto.keep_owner(team);
end
$$;
comment on function public.remove_member is 'Takes a person out of a team; everybody may leave, but for the last owner.';

create function public.change_team(team uuid, name text, shares_texts boolean) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  if recto.lock_team(team) <> 'owner' then
    raise exception 'only an owner may do this' using errcode = 'PT403';
  end if;
  update public.accounts a set name = coalesce(change_team.name, a.name),
    shares_texts = coalesce(change_team.shares_texts, a.shares_texts) where a.id = team;
end
$$;
comment on function public.change_team is 'Null leaves as it is.';

revoke all on function public.create_team(text), public.set_member(uuid, uuid, text), public.remove_member(uuid, uuid),
  public.change_team(uuid, text, boolean), recto.lock_team(uuid), recto.keep_owner(uuid) from public, anon, authenticated, service_role;
grant execute on function public.create_team(text), public.set_member(uuid, uuid, text), public.remove_member(uuid, uuid),
  public.change_team(uuid, text, boolean) to authenticated;

-- Who changed what. Append-only: no role of the application can write it but by the trigger, or change it at all.
create table recto.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  subject text not null,
  account_id uuid,
  before jsonb,
  after jsonb,
  request_id text
);
comment on table recto.audit_log is 'actor: the person''s id where one is signed in, else the database role.';
create index idx_audit_log_account on recto.audit_log (account_id, at);
alter table recto.audit_log enable row level security;
revoke all on recto.audit_log from public, anon, authenticated, service_role;

create function recto.audit() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  of_account text := case tg_table_name when 'accounts' then 'id' else 'account_id' end;
begin
  if was is distinct from is_now then
    insert into recto.audit_log (actor, action, subject, account_id, before, after, request_id)
    values (coalesce((select auth.uid())::text, session_user), lower(tg_op), tg_table_schema || '.' || tg_table_name,
      (coalesce(is_now, was) ->> of_account)::uuid, was, is_now, nullif(current_setting('recto.request_id', true), ''));
  end if;
  return null;
end
$$;
revoke all on function recto.audit() from public;

create function recto.keep_audit() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'the audit log is never changed' using errcode = 'insufficient_privilege';
end
$$;
revoke all on function recto.keep_audit() from public;
create trigger keep_audit before update or delete on recto.audit_log for each row execute function recto.keep_audit();
create trigger keep_all_audit before truncate on recto.audit_log for each statement execute function recto.keep_audit();

create trigger audit after insert or update or delete on public.plans for each row execute function recto.audit();
create trigger audit after insert or update or delete on public.accounts for each row execute function recto.audit();
create trigger audit after insert or update or delete on public.account_members for each row execute function recto.audit();
create trigger audit after insert or update or delete on recto.account_overrides for each row execute function recto.audit();
create trigger audit after insert or update or delete on recto.account_settings for each row execute function recto.audit();
create trigger audit after insert or update or delete on recto.limits for each row execute function recto.audit();
