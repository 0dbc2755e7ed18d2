-- Teams outlive their owners: when the last one's person is deleted from auth.users, another member owns the team.
-- Who leaves by themselves names an heir: public.remove_member, public.set_member and recto.begin_erasure refuse until they did.

create function recto.name_heir(team uuid) returns void
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
comment on function recto.name_heir is
  'Of a team without an owner: its longest-standing admin becomes one, else its longest-standing member. The team''s row is locked before.';

-- Before the person goes, and not when the cascade takes the memberships: those would be locked before their team, the other way
-- round than by everybody else, and two people who are deleted at once would wait for each other.
create function recto.leave_teams() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  team uuid;
begin
  for team in
    select a.id from public.accounts a
    where a.id in (select m.account_id from public.account_members m where m.user_id = old.id) order by a.id for update
  loop
    delete from public.account_members m where m.account_id = team and m.user_id = old.id;
    perform recto.name_heir(team);
  end loop;
  return old;
end
$$;
comment on function recto.leave_teams is 'A person who is deleted leaves their teams first.';

revoke all on function recto.name_heir(uuid), recto.leave_teams() from public;
create trigger recto_leave_teams before delete on auth.users for each row execute function recto.leave_teams();

-- Those that had lost theirs before.
do $$
declare
  team uuid;
begin
  for team in
    select a.id from public.accounts a
    where a.id in (select m.account_id from public.account_members m group by 1 having bool_and(m.role <> 'owner'))
    order by a.id for update
  loop
    perform recto.name_heir(team);
  end loop;
end
$$;
