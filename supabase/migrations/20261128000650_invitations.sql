-- Nobody becomes a member of a team without agreeing: owners and admins invite, and the invited person accepts or
-- declines. Until then the team shows and counts nothing of the person, and shows the person nothing but its name.

-- user_id has no foreign key, so that an invitation of an id that nobody has looks like any other.
create table public.account_invitations (
  account_id uuid not null references public.accounts (id) on delete cascade,
  user_id uuid not null,
  role text not null check (role in ('owner', 'admin', 'member')),
  team_name text not null,
  created_at timestamptz not null default now(),
  primary key (account_id, user_id)
);
comment on table public.account_invitations is
  'Open invitations to teams. An invitation that was accepted, declined or withdrawn has no row. Only functions write this table.';
comment on column public.account_invitations.team_name is
  'The team''s name when the person was invited, because the invited person cannot read the team.';
create index idx_account_invitations_user on public.account_invitations (user_id, account_id);
create trigger begin_changes before insert or update or delete on public.account_invitations
  for each statement execute function recto.begin_changes_of_table();
create trigger audit after insert or update or delete on public.account_invitations for each row execute function recto.audit();

create function recto.administered_team_ids() returns uuid[]
  language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(account_id), '{}') from public.account_members
  where user_id = (select auth.uid()) and role in ('owner', 'admin')
$$;
comment on function recto.administered_team_ids is 'The ids of the teams of which the caller is an owner or an admin.';
revoke all on function recto.administered_team_ids() from public;
grant execute on function recto.administered_team_ids() to authenticated;

alter table public.account_invitations enable row level security;
revoke all on public.account_invitations from public, anon, authenticated, service_role;
grant select on public.account_invitations to authenticated;
create policy "invited people, owners and admins read invitations" on public.account_invitations for select to authenticated
  using (user_id = (select auth.uid()) or account_id = any ((select recto.administered_team_ids())::uuid[]));

create function public.invite_member(team uuid, member uuid, role text) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own text := recto.lock_team(team);
  before text;
begin
  select i.role into before from public.account_invitations i where i.account_id = team and i.user_id = member;
  perform recto.check_role_change(own, before, invite_member.role);
  if exists (select from public.account_members m where m.account_id = team and m.user_id = member) then
    raise exception 'the person is a member already' using errcode = 'PT409';
  end if;
  if before is null and (select count(*) from public.account_invitations i where i.account_id = team)
    >= (select s.open_invitations from recto.settings s) then
    raise exception 'no more open invitations' using errcode = 'PT403';
  end if;
  insert into public.account_invitations (account_id, user_id, role, team_name)
    select team, member, invite_member.role, a.name from public.accounts a where a.id = team
    on conflict (account_id, user_id) do update set role = excluded.role;
end
$$;
comment on function public.invite_member is
  'Invites a person to a team, or changes the role of their open invitation. Owners may do both; admins may invite members. recto.settings.open_invitations bounds the open invitations of a team.';

-- Only the team of an invited person is locked, so that strangers cannot hold up a team. The foreign key of the new
-- membership waits for a deletion of the person, which itself goes on to the person's invitations: the membership is
-- written before the invitation is locked.
create function public.accept_invitation(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  offered text;
begin
  perform recto.hold_off_erasure(caller);
  perform from public.accounts a where a.id = team and exists (
    select from public.account_invitations i where i.account_id = team and i.user_id = caller
  ) for update;
  select i.role into offered from public.account_invitations i where i.account_id = team and i.user_id = caller;
  if found then
    insert into public.account_members (account_id, user_id, role) values (team, caller, offered);
    delete from public.account_invitations i where i.account_id = team and i.user_id = caller;
  end if;
  -- The person may also have declined meanwhile.
  if not found then
    raise exception 'there is no such invitation' using errcode = 'PT404';
  end if;
exception when foreign_key_violation then
  raise exception 'there is no such person' using errcode = 'PT404';
end
$$;
comment on function public.accept_invitation is
  'Makes the caller a member of a team that invited them. PT404 without an open invitation.';

create function public.decline_invitation(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.account_invitations i where i.account_id = team and i.user_id = (select auth.uid());
  if not found then
    raise exception 'there is no such invitation' using errcode = 'PT404';
  end if;
end
$$;
comment on function public.decline_invitation is
  'Drops the caller''s invitation to a team. PT404 without an open invitation.';

revoke all on function public.invite_member(uuid, uuid, text), public.accept_invitation(uuid), public.decline_invitation(uuid)
  from public, anon, authenticated, service_role;
grant execute on function public.invite_member(uuid, uuid, text), public.accept_invitation(uuid), public.decline_invitation(uuid)
  to authenticated;
