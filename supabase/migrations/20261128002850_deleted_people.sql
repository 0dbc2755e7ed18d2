-- Erases people in their cell whom Auth has deleted, which is at home (docs/scaling.md, "What is shared, and what is not").

-- The rows of somebody who lives in another cell are there, and an API has it erase them. Who lives at home has nothing left.
create function recto.note_deletion() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from recto.account_cells a where a.account_id = old.id and a.cell = 'home' and a.moving_to is null and not a.closed;
  update recto.account_cells a set deleted_at = clock_timestamp() where a.account_id = old.id;
  return null;
end
$$;
create trigger recto_note_deletion after delete on auth.users for each row execute function recto.note_deletion();

-- After a minute nothing is under way any more that was asked for before the deletion: an introduction, for example.
create function recto.deleted_people(cell text, most integer) returns setof uuid
  language sql stable security definer set search_path = ''
as $$
  select a.account_id from recto.account_cells a
  where a.cell = deleted_people.cell and a.deleted_at < clock_timestamp() - interval '1 minute' and a.moving_to is null
  order by a.deleted_at limit most
$$;
comment on function recto.deleted_people is
  'In the home cell: people of a cell who were deleted in Auth at least a minute ago, and whose cell may not know.';

create function recto.erase_deleted(person uuid) returns boolean
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
begin
  perform set_config('recto.across_accounts', 'person', true);
  if exists (select from recto.account_cells a where a.account_id = person and a.closed) then
    return false;
  end if;
  perform recto.start_erasure(person, true);
  return true;
end
$$;
comment on function recto.erase_deleted is
  'Starts the erasure of a person who was deleted where they sign in. Workers complete it. It may be done again. False: a move of the person is not over.';

create function recto.forget_place(person uuid, cell text) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform set_config('recto.account', person::text, true);
  delete from recto.account_cells a
    where a.account_id = person and a.cell = forget_place.cell and a.deleted_at is not null and a.moving_to is null;
end
$$;
comment on function recto.forget_place is
  'In the home cell: forgets a person who was deleted in Auth, once their cell has been told.';

-- Whether a person has a row here that is only referred to: it was made for somebody who signs in elsewhere.
create function recto.has_bare_user(person uuid) returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from auth.users u where u.id = person and u.last_sign_in_at is null and u.raw_app_meta_data ->> 'provider' is null
  );
end
$$;

-- Deletes the bare row in auth.users of one person who was deleted where they sign in, when so little is left of them that
-- the cascade is short. In the order of locks that row comes before an erasure, so the transaction may hold none. Where a
-- table of the app refers to the row, it stays: an id. Returns how many people it is done with.
create function recto.forget_one_person() returns integer
  language plpgsql set search_path = ''
as $$
declare
  who uuid;
begin
  select e.person into who from recto.erasures e
    where e.deleted and recto.has_bare_user(e.person)
      and not exists (select from public.ai_generations g where g.user_id = e.person and least(g.created_at, g.written_at) <= e.asked_at)
      and not exists (select from public.cards c where c.user_id = e.person and c.created_at <= e.asked_at)
    limit 1;
  if who is null then
    return 0;
  end if;
  begin
    delete from auth.users u where u.id = who;
    set constraints all immediate;
  exception when foreign_key_violation or restrict_violation then
    update recto.erasures e set deleted = false where e.person = who;
  end;
  return 1;
end
$$;

revoke all on function recto.note_deletion(), recto.deleted_people(text, integer), recto.erase_deleted(uuid),
  recto.forget_place(uuid, text), recto.has_bare_user(uuid), recto.forget_one_person() from public;
grant execute on function recto.deleted_people(text, integer), recto.erase_deleted(uuid), recto.forget_place(uuid, text)
  to recto_api;
