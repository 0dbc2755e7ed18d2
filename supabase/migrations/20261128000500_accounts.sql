-- An account is who is limited and billed: a person's own account, or a team's.

create table public.accounts (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('personal', 'team')),
  name text check (char_length(name) between 1 and 100),
  plan text not null default 'free' references public.plans (name) on update cascade,
  shares_texts boolean not null default false,
  shares_texts_since timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  constraint team_has_name check (kind = 'personal' or name is not null),
  constraint personal_shares_nothing check (kind = 'team' or not shares_texts),
  constraint sharing_has_begun check (shares_texts = (shares_texts_since is not null))
);
comment on table public.accounts is
  'A personal account has the id of its person, and gets its row with its first generation (of an anonymous person also with the first connection check). Operators set the plan.';
comment on column public.accounts.shares_texts is
  'True: members see each other''s texts, suggestions and findings, and not only their usage. What was written before stays private.';
comment on column public.accounts.shares_texts_since is 'When shares_texts was turned on. A trigger sets it.';
comment on column public.accounts.created_by is
  'The person who made a team, whether still a member or not. No foreign key: a team outlives the person.';
create index idx_accounts_plan on public.accounts (plan);
create index idx_accounts_created_by on public.accounts (created_by) where created_by is not null;
-- Nobody's text becomes visible that was written when it was private. Submissions wait until the change is known to all: one
-- that was answered before has an earlier time.
create function recto.date_sharing() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if new.shares_texts then
    perform recto.lock_admission(new.id);
  end if;
  new.shares_texts_since := case when not new.shares_texts then null
    when tg_op = 'UPDATE' and old.shares_texts then old.shares_texts_since
    else clock_timestamp() end;
  return new;
end
$$;
revoke all on function recto.date_sharing() from public;
create trigger date_sharing before insert or update of shares_texts, shares_texts_since on public.accounts
  for each row execute function recto.date_sharing();
create trigger audit after insert or update or delete on public.accounts for each row execute function recto.audit();

create table public.account_members (
  account_id uuid not null references public.accounts (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  primary key (account_id, user_id)
);
comment on table public.account_members is
  'Members of teams. A personal account has no row here. Only functions write this table.';
create index idx_account_members_user on public.account_members (user_id, account_id);
create trigger begin_changes before insert or update or delete on public.account_members
  for each statement execute function recto.begin_changes_of_table();
create trigger audit after insert or update or delete on public.account_members for each row execute function recto.audit();

create table recto.account_settings (
  account_id uuid primary key,
  data_residency text not null default 'any' check (data_residency in ('any', 'eu')),
  scrub boolean not null default false,
  text_days integer check (text_days between 0 and 36500)
);
comment on table recto.account_settings is
  'Set by operators, in force from the next claim on: insert into recto.account_settings (account_id, data_residency) values (…, ''eu'');';
comment on column recto.account_settings.scrub is
  'True: personal data is replaced by placeholders before a text leaves, also where RECTO_SCRUB is off.';
comment on column recto.account_settings.text_days is 'As in recto.settings; the smaller number holds.';
create trigger audit after insert or update or delete on recto.account_settings for each row execute function recto.audit();

-- The plan of an account that has no row yet: `anonymous` for a caller who signed in anonymously. A token says so for up to
-- an hour after the caller has become a permanent user.
create function recto.first_plan(account uuid) returns text
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if account = auth.uid() and auth.jwt() ->> 'is_anonymous' = 'true' and (select s.anonymous_plan from recto.settings s)
    and (select u.is_anonymous from auth.users u where u.id = account) is not false then
    return 'anonymous';
  end if;
  return 'free';
end
$$;

-- Somebody who becomes a permanent user at this moment has done so before the account gets its row, or finds the row then.
create function recto.lock_anonymity(person uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform from auth.users u where u.id = person and u.is_anonymous for share;
end
$$;

-- When a person who signed in anonymously becomes a permanent user, the account becomes that of any new user.
create function recto.end_anonymity() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.accounts a set plan = 'free' where a.id = new.id and a.plan = 'anonymous';
  return null;
end
$$;
create trigger recto_end_anonymity after update on auth.users
  for each row when (old.is_anonymous and not new.is_anonymous) execute function recto.end_anonymity();

-- The plan of an account with the overrides that hold now.
create function recto.effective_plan(account uuid) returns public.plans
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
  override jsonb;
begin
  select p.* into rule from public.plans p
    where p.name = coalesce((select a.plan from public.accounts a where a.id = account), recto.first_plan(account));
  if exists (select from recto.account_overrides o where o.account_id = account and now() between coalesce(o.starts_at, '-infinity') and o.expires_at) then
    for override in
      select o.changes from recto.account_overrides o where o.account_id = account and now() between coalesce(o.starts_at, '-infinity') and o.expires_at order by o.id
    loop
      rule := jsonb_populate_record(rule, override);
    end loop;
  end if;
  return rule;
end
$$;

create function recto.can_use_account(account uuid, person uuid) returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return account = person or exists (
    select from public.account_members m where m.account_id = account and m.user_id = person
  );
end
$$;
comment on function recto.can_use_account is
  'Whether a person may generate for an account: it is their own, or they are a member of the team.';

create function recto.team_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(account_id), '{}') from public.account_members where user_id = (select auth.uid())
$$;
comment on function recto.team_ids is 'The ids of the caller''s teams.';

create function recto.sharing_team_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(m.account_id), '{}') from public.account_members m
  join public.accounts a on a.id = m.account_id and a.shares_texts
  where m.user_id = (select auth.uid())
$$;
comment on function recto.sharing_team_ids is 'The ids of the caller''s teams whose members see each other''s texts.';

-- JSON, because a policy asks once per statement and then looks each row's account up in the answer.
create function recto.sharing_since() returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_object_agg(a.id, a.shares_texts_since), '{}') from public.account_members m
  join public.accounts a on a.id = m.account_id and a.shares_texts
  where m.user_id = (select auth.uid())
$$;
comment on function recto.sharing_since is 'Since when each of these teams shares texts, by the team''s id.';

revoke all on function recto.first_plan(uuid), recto.lock_anonymity(uuid), recto.end_anonymity(), recto.effective_plan(uuid), recto.can_use_account(uuid, uuid), recto.team_ids(), recto.sharing_team_ids(),
  recto.sharing_since() from public;
grant execute on function recto.team_ids(), recto.sharing_team_ids(), recto.sharing_since() to authenticated;
grant execute on function recto.effective_plan(uuid) to recto_worker;

alter table public.accounts enable row level security;
alter table public.account_members enable row level security;
alter table recto.account_settings enable row level security;
revoke all on public.accounts, public.account_members, recto.account_settings from public, anon, authenticated, service_role;
grant select on public.accounts, public.account_members to authenticated;
grant select on recto.account_settings to recto_worker;
create policy "people read their accounts" on public.accounts for select to authenticated
  using (id = (select auth.uid()) or id = any ((select recto.team_ids())::uuid[]));
create policy "members read members" on public.account_members for select to authenticated
  using (account_id = any ((select recto.team_ids())::uuid[]));
create policy "the worker reads settings" on recto.account_settings for select to recto_worker using (true);
