-- Teams are made and changed by these functions alone. Each function locks the team's row in public.accounts before it
-- reads or writes memberships, so that of two owners who leave at the same time one is refused.

-- Locks a team's row and returns the caller's role. A team that does not exist and a team of others raise the same
-- error.
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

-- Keeps a team of the caller as it is, with its members, until the end of this transaction: what the caller may do is looked
-- up behind this. An account of others is not locked, so that strangers cannot hold up a team.
create function recto.hold_team(account uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform from public.accounts a where a.id = account and a.kind = 'team' and exists (
    select from public.account_members m where m.account_id = account and m.user_id = (select auth.uid())
  ) for key share;
end
$$;

-- Raises PT409 when a team is left without an owner.
create function recto.require_owner(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  if not exists (select from public.account_members where account_id = team and role = 'owner') then
    raise exception 'a team needs an owner' using errcode = 'PT409';
  end if;
end
$$;

create function public.create_team(name text) returns uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  team uuid;
begin
  if (select auth.uid()) is null then
    raise exception 'nobody is signed in' using errcode = 'PT401';
  end if;
  if recto.first_plan((select auth.uid())) = 'anonymous' then
    raise exception 'people who signed in anonymously make no teams' using errcode = 'PT403';
  end if;
  perform recto.hold_off_erasure((select auth.uid()));
  -- A team on the free plan has limits of its own, so without a bound a person could get around the limits by making
  -- teams.
  perform recto.lock_team_creation((select auth.uid()));
  if (select count(*) from public.accounts a where a.created_by = (select auth.uid()) and a.plan = 'free')
    >= (select s.free_teams from recto.settings s) then
    raise exception 'no more teams on the free plan' using errcode = 'PT403';
  end if;
  perform recto.begin_changes();
  insert into public.accounts (kind, name, created_by) values ('team', create_team.name, (select auth.uid())) returning id into team;
  insert into public.account_members (account_id, user_id, role) values (team, (select auth.uid()), 'owner');
  return team;
end
$$;
comment on function public.create_team is
  'Makes a team with the caller as its owner and returns its id. recto.settings.free_teams bounds the teams on the free plan.';

-- Raises PT400 for a role that does not exist, and PT403 unless a member with the role `own` may take somebody from the
-- role `before` (null: none) to `role`. An owner may do everything. An admin may add and remove members, but no admin
-- and no owner.
create function recto.check_role_change(own text, before text, role text) returns void
  language plpgsql immutable set search_path = ''
as $$
begin
  if role is null or role not in ('owner', 'admin', 'member') then
    raise exception 'a role is owner, admin or member' using errcode = 'PT400';
  end if;
  if own <> 'owner' and (own <> 'admin' or role <> 'member' or coalesce(before, 'member') <> 'member') then
    raise exception 'only an owner may do this' using errcode = 'PT403';
  end if;
end
$$;

-- Deletes the invitations of teams, which the caller has locked, and of a person. They are locked in the order of their
-- keys, because people drop their own invitations without locking a team.
create function recto.delete_invitations(teams uuid[], person uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  with locked as materialized (
    select i.account_id, i.user_id from public.account_invitations i where i.account_id = any (teams) or i.user_id = person
    order by i.account_id, i.user_id for update
  )
  delete from public.account_invitations i using locked l where (i.account_id, i.user_id) = (l.account_id, l.user_id);
end
$$;

-- An invitation holds only as long as everybody who may have made it keeps the right to: when an owner or an admin
-- loses that role (`after` is null for somebody who leaves), the team's open invitations are dropped. An erasure keeps
-- them: nobody took the right away.
create function recto.drop_invitations(team uuid, before text, after text) returns void
  language plpgsql set search_path = ''
as $$
begin
  if before = 'owner' and after is distinct from 'owner' or before = 'admin' and coalesce(after, 'member') = 'member' then
    perform recto.delete_invitations(array[team], null);
  end if;
end
$$;

-- A person becomes a member only by accepting an invitation (…_invitations.sql). A stranger of the team and an id that
-- nobody has raise the same error.
create function public.set_member(team uuid, member uuid, role text) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own text := recto.lock_team(team);
  before text;
begin
  select m.role into before from public.account_members m where m.account_id = team and m.user_id = member;
  perform recto.check_role_change(own, before, set_member.role);
  if before is null then
    raise exception 'there is no such member' using errcode = 'PT404';
  end if;
  update public.account_members m set role = set_member.role where m.account_id = team and m.user_id = member;
  perform recto.drop_invitations(team, before, set_member.role);
  perform recto.require_owner(team);
end
$$;
comment on function public.set_member is 'Changes the role of a member. For owners.';

create function public.remove_member(team uuid, member uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own text := recto.lock_team(team);
  before text;
begin
  select m.role into before from public.account_members m where m.account_id = team and m.user_id = member;
  perform recto.drop_invitations(team, before, null);
  if before is null then
    select i.role into before from public.account_invitations i where i.account_id = team and i.user_id = member;
  end if;
  if member <> (select auth.uid()) then
    perform recto.check_role_change(own, before, 'member');
  end if;
  delete from public.account_members m where m.account_id = team and m.user_id = member;
  delete from public.account_invitations i where i.account_id = team and i.user_id = member;
  perform recto.require_owner(team);
end
$$;
comment on function public.remove_member is
  'Removes a person from a team, or withdraws their invitation. Everybody may leave, except for the last owner.';

create function public.change_team(team uuid, name text, shares_texts boolean) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  if recto.lock_team(team) <> 'owner' then
    raise exception 'only an owner may do this' using errcode = 'PT403';
  end if;
  perform recto.begin_changes();
  update public.accounts a set name = coalesce(change_team.name, a.name),
    shares_texts = coalesce(change_team.shares_texts, a.shares_texts) where a.id = team;
end
$$;
comment on function public.change_team is
  'Changes a team''s name or whether it shares texts. A null argument changes nothing.';

revoke all on function public.create_team(text), public.set_member(uuid, uuid, text), public.remove_member(uuid, uuid),
  public.change_team(uuid, text, boolean), recto.lock_team(uuid), recto.hold_team(uuid), recto.require_owner(uuid),
  recto.check_role_change(text, text, text), recto.delete_invitations(uuid[], uuid),
  recto.drop_invitations(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.create_team(text), public.set_member(uuid, uuid, text), public.remove_member(uuid, uuid),
  public.change_team(uuid, text, boolean) to authenticated;

-- A team outlives its owners: when the last owner erases their data or is deleted from auth.users, another member
-- becomes the owner. Nothing that others did may hold up an erasure. A person who only leaves names an owner first:
-- public.remove_member and public.set_member refuse until then.
create function recto.promote_owner(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from public.account_members m where m.account_id = team and m.role = 'owner') then
    return;
  end if;
  update public.account_members m set role = 'owner'
    where m.account_id = team and m.user_id = (
      select h.user_id from public.account_members h where h.account_id = team
      order by h.role = 'admin' desc, h.created_at, h.user_id limit 1
    );
end
$$;
comment on function recto.promote_owner is
  'Gives a team without an owner one: the longest-standing admin, else the longest-standing member. The caller holds the lock on the team''s row.';

-- Takes a person out of all teams and drops their invitations. Returns the ids of teams that have no members any more;
-- nobody can join those, because their invitations are dropped too. The rows of teams stay locked.
create function recto.leave_all_teams(person uuid) returns setof uuid
  language plpgsql security definer set search_path = ''
as $$
declare
  team uuid;
  emptied uuid[] := '{}';
begin
  for team in
    select a.id from public.accounts a
    where a.id in (select m.account_id from public.account_members m where m.user_id = person) order by a.id for update
  loop
    delete from public.account_members m where m.account_id = team and m.user_id = person;
    perform recto.promote_owner(team);
    if not exists (select from public.account_members m where m.account_id = team) then
      emptied := emptied || team;
    end if;
  end loop;
  perform recto.delete_invitations(emptied, person);
  return query select unnest(emptied);
end
$$;

-- Takes from a team that has lost its last member what its people gave it. The row stays in the count of teams that its maker
-- made.
create function recto.close_team(team uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.accounts a set name = 'erased', shares_texts = false where a.id = team;
  delete from public.webhook_endpoints e where e.account_id = team;
end
$$;

-- The memberships are deleted before the person's row. The cascade from auth.users would lock them before their team,
-- against the order that everybody else follows, and two deletions at the same time could then deadlock.
create function recto.leave_on_delete() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.close_team(t.id) from recto.leave_all_teams(old.id) t (id);
  return old;
end
$$;
comment on function recto.leave_on_delete is 'A person who is deleted leaves all teams first. One without other members is closed.';

revoke all on function recto.promote_owner(uuid), recto.leave_all_teams(uuid), recto.close_team(uuid), recto.leave_on_delete() from public;
create trigger recto_leave_all_teams before delete on auth.users for each row execute function recto.leave_on_delete();
