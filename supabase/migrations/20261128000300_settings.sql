-- Settings of the whole deployment. Operators change them by SQL, and a change is in force at once.

create table recto.settings (
  singleton boolean primary key default true check (singleton),
  max_queue_seconds integer not null default 900 check (max_queue_seconds > 0),
  monthly_budget_usd numeric check (monthly_budget_usd >= 0),
  free_teams integer not null default 3 check (free_teams >= 0),
  open_invitations integer not null default 100 check (open_invitations >= 0),
  anonymous_plan boolean not null default true,
  key_days integer default 90 check (key_days between 1 and 36500),
  text_days integer check (text_days between 0 and 36500),
  calls_days integer check (calls_days between 1 and 36500),
  connection_checks_per_window integer not null default 10 check (connection_checks_per_window >= 0),
  connection_check_window_seconds integer not null default 60 check (connection_check_window_seconds between 1 and 86400),
  dry_runs_per_window integer not null default 60 check (dry_runs_per_window >= 0),
  dry_run_window_seconds integer not null default 60 check (dry_run_window_seconds between 1 and 86400)
);
comment on table recto.settings is
  'Settings of the deployment, in one row. A change is in force at once: update recto.settings set max_queue_seconds = 300;';
comment on column recto.settings.max_queue_seconds is
  'Submissions are denied while the oldest job has been waiting for longer than this.';
comment on column recto.settings.monthly_budget_usd is
  'Budget of all accounts together per calendar month (UTC). Null means no budget.';
comment on column recto.settings.free_teams is 'How many teams on the free plan one person may make.';
comment on column recto.settings.open_invitations is 'How many open invitations one team may have.';
comment on column recto.settings.anonymous_plan is
  'True: accounts of people who signed in anonymously get the plan anonymous instead of free, and make no teams.';
comment on column recto.settings.key_days is
  'Workers warn of a provider key that was first seen so many days ago. Null means never.';
comment on column recto.settings.text_days is
  'A text is dropped so many days after its generation has finished. Its suggestions and their quotes stay, and an output goes with its input. Null means never.';
comment on column recto.settings.calls_days is
  'A call''s row is dropped so many days after the call started. The sums of its day stay. Null means never.';
comment on column recto.settings.connection_checks_per_window is
  'How many connection checks one person may ask for in connection_check_window_seconds (a sliding window).';
comment on column recto.settings.dry_runs_per_window is
  'How many dry runs one person may make in dry_run_window_seconds. The window begins with the first of them.';
insert into recto.settings default values;

alter table recto.settings enable row level security;
revoke all on recto.settings from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.settings for each row execute function recto.audit();
