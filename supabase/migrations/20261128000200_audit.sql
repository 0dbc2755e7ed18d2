-- The audit log records who changed what. It is append-only: the trigger function is the only writer, and no role can
-- change a row, or remove one before its time.

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
comment on table recto.audit_log is
  'Who changed what. actor is the id of the person who is signed in, else the database role.';
create index idx_audit_log_account on recto.audit_log (account_id, at);
create index idx_audit_log_actor on recto.audit_log (actor, at);
alter table recto.audit_log enable row level security;
revoke all on recto.audit_log from public, anon, authenticated, service_role;

-- Denies a change of a person who made a thousand in the hour before it: nobody fills the log. An erasure is never
-- denied. The detail is the code of the API's answer. It counts exactly, because recto.begin_changes lets no two count
-- at once.
create function recto.limit_changes(person uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  if current_setting('recto.erasing', true) is distinct from 'on' and exists (
    select from recto.audit_log l where l.actor = person::text and l.at > clock_timestamp() - interval '1 hour'
    order by l.at desc offset 999 limit 1
  ) then
    raise exception 'a thousand changes in an hour' using errcode = 'PT429', detail = 'rate_limited';
  end if;
end
$$;
revoke all on function recto.limit_changes(uuid) from public;

-- Lets a person's changes come one after the other, before they lock any row. Those of an erasure are not limited.
create function recto.begin_changes() returns void
  language plpgsql set search_path = ''
as $$
declare
  person constant uuid := (select auth.uid());
begin
  if person is not null and current_setting('recto.erasing', true) is distinct from 'on' then
    perform recto.lock_changes(person);
  end if;
end
$$;

-- The trigger of each table that people change. Teams are changed by functions alone, which call recto.begin_changes.
create function recto.begin_changes_of_table() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  perform recto.begin_changes();
  return null;
end
$$;
revoke all on function recto.begin_changes(), recto.begin_changes_of_table() from public;

-- Each audited table has a trigger `audit` that calls this function after every change. The trigger's arguments are
-- columns whose values are left out.
create function recto.audit() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - coalesce(tg_argv, '{}') end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - coalesce(tg_argv, '{}') end;
  of_account text := case tg_table_name when 'accounts' then 'id' else 'account_id' end;
begin
  if was is distinct from is_now then
    -- A personal account is made once, by the first generation.
    if coalesce(is_now, was) ->> 'kind' is distinct from 'personal' then
      perform recto.limit_changes((select auth.uid()));
    end if;
    insert into recto.audit_log (actor, action, subject, account_id, before, after, request_id)
    values (coalesce((select auth.uid())::text, session_user), lower(tg_op), tg_table_schema || '.' || tg_table_name,
      (coalesce(is_now, was) ->> of_account)::uuid, was, is_now, nullif(current_setting('recto.request_id', true), ''));
  end if;
  return null;
end
$$;
revoke all on function recto.audit() from public;

create function recto.forbid_audit_change() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    if exists (select from recto.settings s where old.at < now() - make_interval(days => s.audit_days)) then
      return old;
    end if;
  end if;
  raise exception 'the audit log is never changed' using errcode = 'insufficient_privilege';
end
$$;
revoke all on function recto.forbid_audit_change() from public;
-- Rows can be neither changed nor, before recto.settings.audit_days are over, removed.
create trigger forbid_audit_change before update or delete on recto.audit_log for each row execute function recto.forbid_audit_change();
create trigger forbid_audit_truncate before truncate on recto.audit_log for each statement execute function recto.forbid_audit_change();
