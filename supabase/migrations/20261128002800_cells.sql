-- Where accounts live when a deployment has several cells (docs/scaling.md, "Cells"). With one cell the table is empty and
-- only the metrics read it.

create table recto.account_cells (
  account_id uuid primary key,
  cell text not null,
  moving_to text,
  moving_since timestamptz,
  move_id uuid not null,
  closed boolean not null,
  introduced boolean not null default true,
  changed_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz,
  constraint moving_has_begun check ((moving_to is null) = (moving_since is null))
);
comment on table recto.account_cells is
  'In the home cell: every account that was ever moved, every person whose cell was chosen, and their cells. In another cell: the accounts that left it.';
comment on column recto.account_cells.account_id is 'A team, or a person, whether that person''s own account has a row or not.';
comment on column recto.account_cells.moving_to is 'The cell that the account is being moved to. Its requests are answered 503 meanwhile.';
comment on column recto.account_cells.move_id is 'The last move of the account. Accounts that share people move together.';
comment on column recto.account_cells.closed is
  'True: no row of the account may be written in this database, because it is being copied or lives elsewhere.';
comment on column recto.account_cells.introduced is
  'False: the cell does not know the person yet, or knows an anonymous one who is permanent by now. The next request introduces them.';
comment on column recto.account_cells.deleted_at is
  'When the person was deleted in Auth, until an API has told their cell to erase them. Then the row goes.';
create index idx_account_cells_changed on recto.account_cells (changed_at, account_id);
create index idx_account_cells_moving on recto.account_cells (moving_since) where moving_since is not null;
create index idx_account_cells_move on recto.account_cells (move_id);
create index idx_account_cells_deleted on recto.account_cells (cell, deleted_at) where deleted_at is not null;
alter table recto.account_cells enable row level security;
revoke all on recto.account_cells from public, anon, authenticated, service_role;

-- A page of what changed behind an account and its time. Commits do not come in the order of changed_at, so a reader asks for
-- a while before the last change that it knows.
create function recto.account_cells_since(since timestamptz, behind uuid, most integer)
  returns table (account_id uuid, cell text, moving boolean, introduced boolean, changed_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select a.account_id, a.cell, a.moving_to is not null, a.introduced, a.changed_at from recto.account_cells a
  where (a.changed_at, a.account_id) > (since, behind) order by a.changed_at, a.account_id limit most
$$;
revoke all on function recto.account_cells_since(timestamptz, uuid, integer) from public;
grant execute on function recto.account_cells_since(timestamptz, uuid, integer) to recto_api;

-- The row of the directory that names a person, for their export.
create function recto.export_cell()
  returns table (cell text, moving_to text, introduced boolean, changed_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select a.cell, a.moving_to, a.introduced, a.changed_at from recto.account_cells a
  where a.account_id = (select auth.uid())
$$;
revoke all on function recto.export_cell() from public;
grant execute on function recto.export_cell() to authenticated;

-- Where a reader of at most so many of the newest rows begins. No row: at the beginning.
create function recto.account_cells_start(most integer) returns table (account_id uuid, changed_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select a.account_id, a.changed_at from recto.account_cells a order by a.changed_at desc, a.account_id desc offset most limit 1
$$;
revoke all on function recto.account_cells_start(integer) from public;
grant execute on function recto.account_cells_start(integer) to recto_api;

-- Moves that are not over: under way, or killed and left. For the metrics.
create function recto.moves_under_way() returns table (accounts integer, age_seconds double precision)
  language sql stable security definer set search_path = ''
as $$
  select count(*), coalesce(extract(epoch from clock_timestamp() - min(a.moving_since)), 0)
  from recto.account_cells a where a.moving_since is not null
$$;
revoke all on function recto.moves_under_way() from public;
grant execute on function recto.moves_under_way() to recto_api;

-- Whether this cell has anything of a person: with other rows than these comes one of these.
create function recto.has_rows(person uuid) returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from public.accounts a where a.id = person)
    or exists (select from public.account_members m where m.user_id = person)
    or exists (select from public.account_invitations i where i.user_id = person)
    or exists (select from public.ai_generations g where g.user_id = person)
    or exists (select from public.ai_calls c where c.user_id = person)
    or exists (select from public.cards c where c.user_id = person)
    or exists (select from public.webhook_endpoints e where e.account_id = person)
    or exists (select from recto.admissions a where a.account_id = person)
    or exists (select from recto.account_settings s where s.account_id = person)
    or exists (select from recto.account_overrides o where o.account_id = person)
    or exists (select from recto.connection_checks c where c.user_id = person)
    or exists (select from recto.dry_runs d where d.user_id = person)
    or exists (select from recto.usage_daily d where d.user_id = person)
    or exists (select from recto.acceptance_daily d where d.user_id = person)
    or exists (select from recto.spending s where s.account_id = person)
    or exists (select from recto.erasures e where e.person = has_rows.person);
end
$$;

-- Where a person lives. No row is a new person, whose cell is to be chosen: who has rows here stays.
create function recto.place_of(person uuid)
  returns table (cell text, moving boolean, introduced boolean, is_anonymous boolean, changed_at timestamptz)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select a.cell, a.moving_to is not null, a.introduced, coalesce(u.is_anonymous, false), a.changed_at
    from recto.account_cells a left join auth.users u on u.id = a.account_id where a.account_id = person;
  if not found and (recto.has_rows(person) or (select s.new_people_in <@ '{home}' from recto.settings s)
      or not exists (select from auth.users u where u.id = person)) then
    return query select 'home', false, true, false, null::timestamptz;
  end if;
end
$$;
comment on function recto.place_of is 'In the home cell: where a person lives. No row for a new person, whose cell is to be chosen.';

-- Chooses the cell of a new person, once, among `cells`: those that are there. No row when none of them takes new people.
create function recto.place_new_person(person uuid, cells text[])
  returns table (cell text, moving boolean, introduced boolean, is_anonymous boolean, changed_at timestamptz)
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
begin
  perform set_config('recto.account', person::text, true);
  perform recto.lock_place(person);
  if not exists (select from recto.place_of(person)) then
    insert into recto.account_cells (account_id, cell, move_id, closed, introduced)
      select person, name, gen_random_uuid(), name <> 'home', name = 'home'
      from recto.settings s, unnest(s.new_people_in) as name where name = any (cells) order by random() limit 1
      on conflict do nothing;
  end if;
  return query select * from recto.place_of(person);
end
$$;
comment on function recto.place_new_person is
  'In the home cell: chooses the cell of a new person as recto.settings.new_people_in says, and returns where the person lives.';

-- Makes a person of the home cell known in this one: a row to refer to, with nothing to sign in with. Also tells of an
-- anonymous person who has become a permanent one.
create function recto.introduce(person uuid, is_anonymous boolean) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform set_config('recto.account', person::text, true);
  if exists (select from recto.account_cells a where a.account_id = person and a.closed) then
    raise exception 'the person lives in another cell' using errcode = 'RCT01';
  end if;
  insert into auth.users as u (id, aud, role, is_anonymous, created_at, updated_at)
    values (person, 'authenticated', 'authenticated', introduce.is_anonymous, now(), now())
    on conflict (id) do update set is_anonymous = false, updated_at = now()
      where u.is_anonymous and not excluded.is_anonymous;
end
$$;
comment on function recto.introduce is 'Makes a person who signs in elsewhere known in this cell. It may be done again.';

-- `changed_at` as recto.place_of has told it: who has changed since then is introduced once more.
create function recto.set_introduced(person uuid, changed_at timestamptz) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform set_config('recto.account', person::text, true);
  update recto.account_cells a set introduced = true, changed_at = clock_timestamp()
    where a.account_id = person and a.changed_at = set_introduced.changed_at;
end
$$;
comment on function recto.set_introduced is 'In the home cell: notes that the cell of a person knows them.';

-- The cell of a person who signed in anonymously has to know when they become a permanent user.
create function recto.introduce_again() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  update recto.account_cells a set introduced = false, changed_at = clock_timestamp() where a.account_id = new.id and a.closed;
  return null;
end
$$;
create trigger recto_introduce_again after update on auth.users
  for each row when (old.is_anonymous and not new.is_anonymous) execute function recto.introduce_again();

-- Another cell takes new people only where nothing of them can be written at home: the last table that `npm run move` puts
-- its trigger on has it.
create function recto.check_new_people() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if not new.new_people_in <@ '{home}' and not exists (
    select from pg_catalog.pg_trigger t where t.tgname = 'absent_account' and t.tgrelid = 'recto.audit_log'::regclass
  ) then
    raise exception 'the tables of this cell are not guarded yet' using hint = 'Run npm run move -- --guard first.';
  end if;
  return new;
end
$$;
create trigger check_new_people before update of new_people_in on recto.settings
  for each row execute function recto.check_new_people();

revoke all on function recto.has_rows(uuid), recto.place_of(uuid), recto.place_new_person(uuid, text[]), recto.introduce(uuid, boolean),
  recto.set_introduced(uuid, timestamptz), recto.introduce_again(), recto.check_new_people() from public;
grant execute on function recto.place_of(uuid), recto.place_new_person(uuid, text[]), recto.introduce(uuid, boolean),
  recto.set_introduced(uuid, timestamptz) to recto_api;

-- Refuses to write a row of an account or person who does not live here. `npm run move` puts this trigger on the tables of
-- the cells that it moves between. Its first argument is the column of the account, or of the person whose account it is; the
-- second one says that the row has a person beside. What a worker would write is left out instead: its statements are about
-- many accounts, and the others' rows are new.
create function recto.refuse_absent() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  owner uuid;
  person uuid;
begin
  if tg_op = 'DELETE' then
    new := old;
  end if;
  if tg_argv[0] = 'account_id' then owner := new.account_id;
  elsif tg_argv[0] = 'user_id' then owner := new.user_id;
  else owner := new.id;
  end if;
  if tg_nargs > 1 then
    person := new.user_id;
  end if;
  -- A worker writes no first row of anybody.
  if tg_op = 'INSERT' and session_user <> 'recto_worker' then
    perform recto.share_place(coalesce(person, owner));
  end if;
  if exists (select from recto.account_cells a where a.account_id in (owner, person) and a.closed) then
    if session_user = 'recto_worker' then
      return null;
    end if;
    if owner <> person then
      raise exception 'the person lives in another cell' using errcode = 'RCT01';
    end if;
    raise exception 'the account lives in another cell' using errcode = 'RCT01';
  end if;
  return new;
end
$$;
revoke all on function recto.refuse_absent() from public;
