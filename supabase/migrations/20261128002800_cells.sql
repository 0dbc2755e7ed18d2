-- Where accounts live when a deployment has several cells (docs/scaling.md, "Cells"). With one cell the table is empty and
-- nothing reads it.

create table recto.account_cells (
  account_id uuid primary key,
  cell text not null,
  moving_to text,
  move_id uuid not null,
  closed boolean not null,
  changed_at timestamptz not null default clock_timestamp()
);
comment on table recto.account_cells is
  'In the home cell: every account that was ever moved, and its cell. In another cell: the accounts that left it. Only npm run move writes it.';
comment on column recto.account_cells.account_id is 'A team, or a person, whether that person''s own account has a row or not.';
comment on column recto.account_cells.moving_to is 'The cell that the account is being moved to. Its requests are answered 503 meanwhile.';
comment on column recto.account_cells.move_id is 'The last move of the account. Accounts that share people move together.';
comment on column recto.account_cells.closed is
  'True: no row of the account may be written in this database, because it is being copied or lives elsewhere.';
create index idx_account_cells_changed on recto.account_cells (changed_at);
create index idx_account_cells_move on recto.account_cells (move_id);
alter table recto.account_cells enable row level security;
revoke all on recto.account_cells from public, anon, authenticated, service_role;

-- What changed since then; all of it for null. Commits do not come in the order of changed_at, so a reader asks for a while
-- before the last change that it knows.
create function recto.account_cells_since(since timestamptz)
  returns table (account_id uuid, cell text, moving boolean, changed_at timestamptz)
  language sql stable security definer set search_path = ''
as $$
  select a.account_id, a.cell, a.moving_to is not null, a.changed_at from recto.account_cells a
  where since is null or a.changed_at > since
$$;
revoke all on function recto.account_cells_since(timestamptz) from public;
grant execute on function recto.account_cells_since(timestamptz) to recto_api;

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
  if exists (select from recto.account_cells a where a.account_id in (owner, person) and a.closed) then
    if session_user = 'recto_worker' then
      return null;
    end if;
    raise exception 'the account lives in another cell' using errcode = 'RCT01';
  end if;
  return new;
end
$$;
revoke all on function recto.refuse_absent() from public;
