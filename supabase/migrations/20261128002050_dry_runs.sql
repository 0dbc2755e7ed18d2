-- A dry run is admitted and rolled back, so it costs the database what a submission costs. This count outlives the roll
-- back, because it is a transaction of its own. It is one row per person, and the window is not sliding: it begins with
-- the first dry run after the last window was over.

create table recto.dry_runs (
  user_id uuid primary key references auth.users (id) on delete cascade,
  began_at timestamptz not null,
  used integer not null
);
comment on table recto.dry_runs is
  'How many dry runs a person has made in their current window. A row is pruned when its window is over.';
alter table recto.dry_runs enable row level security;
revoke all on recto.dry_runs from public, anon, authenticated, service_role;

-- The window of a person at a time, always one row. `ends_at` is null when no window is open.
create function recto.dry_run_usage(person uuid, at timestamptz)
  returns table (name text, most bigint, seconds integer, used bigint, ends_at timestamptz)
  language plpgsql stable rows 1 set search_path = ''
as $$
begin
  return query
  select 'dry_runs', s.dry_runs_per_window::bigint, s.dry_run_window_seconds, coalesce(d.used, 0)::bigint,
    d.began_at + make_interval(secs => s.dry_run_window_seconds)
  from recto.settings s
  left join recto.dry_runs d on d.user_id = person and d.began_at > at - make_interval(secs => s.dry_run_window_seconds);
end
$$;

create function recto.count_dry_run() returns void
  language plpgsql security definer set search_path = '' set lock_timeout = '2s'
as $$
declare
  caller constant uuid := (select auth.uid());
  at constant timestamptz := clock_timestamp();
  setting recto.settings;
  over timestamptz;
  usage record;
begin
  select * into setting from recto.settings;
  over := at - make_interval(secs => setting.dry_run_window_seconds);
  insert into recto.dry_runs as d (user_id, began_at, used)
    select caller, at, 1 where setting.dry_runs_per_window > 0
    on conflict (user_id) do update set
      began_at = case when d.began_at > over then d.began_at else at end,
      used = case when d.began_at > over then d.used + 1 else 1 end
    where d.began_at <= over or d.used < setting.dry_runs_per_window;
  if not found then
    select * into usage from recto.dry_run_usage(caller, at);
    perform recto.deny_person(usage.name, usage.most, usage.seconds, usage.ends_at, at);
  end if;
end
$$;
comment on function recto.count_dry_run is
  'Counts a dry run of the caller. PT429 when recto.settings.dry_runs_per_window of them were counted in this window.';

create function recto.export_dry_runs() returns setof recto.dry_runs
  language sql stable security definer set search_path = ''
as $$ select d.* from recto.dry_runs d where d.user_id = (select auth.uid()) $$;
comment on function recto.export_dry_runs is 'The count of the caller, for their export.';

revoke all on function recto.dry_run_usage(uuid, timestamptz), recto.count_dry_run(), recto.export_dry_runs() from public;
grant execute on function recto.count_dry_run(), recto.export_dry_runs() to authenticated;
