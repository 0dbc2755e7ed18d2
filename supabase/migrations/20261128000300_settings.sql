-- Settings of the whole deployment. Operators change them by SQL, and a change is in force at once.

create table recto.settings (
  singleton boolean primary key default true check (singleton),
  max_queue_seconds integer not null default 900 check (max_queue_seconds > 0),
  monthly_budget_usd numeric check (monthly_budget_usd >= 0),
  free_teams integer not null default 3 check (free_teams >= 0),
  open_invitations integer not null default 100 check (open_invitations >= 0),
  cards_per_person integer not null default 200000 check (cards_per_person >= 0),
  webhooks_per_account integer not null default 10 check (webhooks_per_account between 0 and 1000),
  webhook_days integer not null default 30 check (webhook_days between 4 and 365),
  anonymous_plan boolean not null default true,
  new_people_in text[] not null default '{home}' check (cardinality(new_people_in) > 0 and array_position(new_people_in, null) is null),
  key_days integer default 90 check (key_days between 1 and 36500),
  text_days integer check (text_days between 0 and 36500),
  generations_days integer check (generations_days between 1 and 36500),
  calls_days integer check (calls_days between 1 and 36500),
  audit_days integer check (audit_days between 90 and 36500),
  connection_checks_per_window integer not null default 10 check (connection_checks_per_window >= 0),
  connection_check_window_seconds integer not null default 60 check (connection_check_window_seconds between 1 and 86400),
  dry_runs_per_window integer not null default 60 check (dry_runs_per_window >= 0),
  dry_run_window_seconds integer not null default 60 check (dry_run_window_seconds between 1 and 86400),
  alert_window_seconds integer not null default 600 check (alert_window_seconds between 1 and 86400),
  alert_minimum_generations integer not null default 20 check (alert_minimum_generations > 0),
  alert_clear_seconds integer not null default 120 check (alert_clear_seconds between 1 and 86400),
  alert_error_percent numeric default 20 check (alert_error_percent > 0),
  alert_latency_seconds numeric default 60 check (alert_latency_seconds > 0),
  alert_breaker_openings integer default 2 check (alert_breaker_openings > 0),
  alert_no_key_routes integer default 1 check (alert_no_key_routes > 0),
  alert_queue_seconds integer default 300 check (alert_queue_seconds > 0),
  alert_dead_letters integer default 1 check (alert_dead_letters > 0)
);
comment on table recto.settings is
  'Settings of the deployment, in one row. A change is in force at once: update recto.settings set max_queue_seconds = 300;';
comment on column recto.settings.max_queue_seconds is
  'Submissions are denied while the oldest job has been waiting for longer than this.';
comment on column recto.settings.monthly_budget_usd is
  'Budget of all accounts together per calendar month (UTC). Null means no budget.';
comment on column recto.settings.free_teams is 'How many teams on the free plan one person may make.';
comment on column recto.settings.open_invitations is 'How many open invitations one team may have.';
comment on column recto.settings.cards_per_person is 'How many cards one person may have.';
comment on column recto.settings.webhooks_per_account is 'How many webhooks one account may have.';
comment on column recto.settings.webhook_days is
  'A delivery to a webhook is dropped with its attempts so many days after its event. Longer than a delivery is tried.';
comment on column recto.settings.anonymous_plan is
  'True: accounts of people who signed in anonymously get the plan anonymous instead of free, and make no teams.';
comment on column recto.settings.new_people_in is
  'In the home cell: the cells that new people come to. Each of them gets a person as often as it is named: {home,b,b} is one in three at home.';
comment on column recto.settings.key_days is
  'Workers warn of a provider key that was first seen so many days ago. Null means never.';
comment on column recto.settings.text_days is
  'A text is dropped so many days after its generation has finished. Its suggestions and findings stay with their quotes, and an output goes with its input. Null means never.';
comment on column recto.settings.generations_days is
  'A generation is dropped with its suggestions and findings so many days after it has finished. The sums of its day stay. Null means never.';
comment on column recto.settings.calls_days is
  'A call''s row is dropped so many days after the call started. The sums of its day stay. Null means never.';
comment on column recto.settings.audit_days is
  'A row of the audit log is dropped after so many days, and at no time before. Null means never.';
comment on column recto.settings.connection_checks_per_window is
  'How many connection checks one person may ask for in connection_check_window_seconds (a sliding window).';
comment on column recto.settings.dry_runs_per_window is
  'How many dry runs one person may make in dry_run_window_seconds. The window begins with the first of them.';
comment on column recto.settings.alert_window_seconds is
  'Error rate, latency and dead letters are those of generations that ended in so many last seconds.';
comment on column recto.settings.alert_minimum_generations is
  'The error rate and the latency of fewer generations in the window raise no alert.';
comment on column recto.settings.alert_clear_seconds is
  'An incident is over when no reading reached its threshold for so many seconds.';
comment on column recto.settings.alert_error_percent is
  'Alerts when so many percent of generations failed with an error that is retryable. Null means never.';
comment on column recto.settings.alert_latency_seconds is
  'Alerts when 5 % of successful generations took so long from their start to their end. Null means never.';
comment on column recto.settings.alert_breaker_openings is
  'Alerts when the breaker of a route opened so often without a success. Null means never.';
comment on column recto.settings.alert_no_key_routes is
  'Alerts when so many routes of a provider rest because no key of it is accepted or has credit. Null means never.';
comment on column recto.settings.alert_queue_seconds is
  'Alerts when the oldest job has been waiting for so long. Null means never.';
comment on column recto.settings.alert_dead_letters is
  'Alerts when so many generations failed because their workers died. Null means never.';
insert into recto.settings default values;

alter table recto.settings enable row level security;
revoke all on recto.settings from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.settings for each row execute function recto.audit();
