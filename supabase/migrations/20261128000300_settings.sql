-- Settings of the whole deployment. Operators change them by SQL, and a change is in force at once.

create table recto.settings (
  singleton boolean primary key default true check (singleton),
  max_queue_seconds integer not null default 900 check (max_queue_seconds > 0),
  monthly_budget_usd numeric check (monthly_budget_usd >= 0),
  free_teams integer not null default 3 check (free_teams >= 0),
  text_days integer check (text_days between 0 and 36500),
  calls_days integer check (calls_days between 1 and 36500)
);
comment on table recto.settings is 'Of the deployment; one row. In force at once: update recto.settings set max_queue_seconds = 300;';
comment on column recto.settings.max_queue_seconds is 'When the oldest job has waited for so long, no more are accepted.';
comment on column recto.settings.monthly_budget_usd is 'Of all accounts together, per calendar month (UTC). Null is none.';
comment on column recto.settings.free_teams is 'How many teams on the free plan one person may make.';
comment on column recto.settings.text_days is 'So many days after its generation is over a text is dropped; its suggestions, with their quotes, stay. Null is never.';
comment on column recto.settings.calls_days is 'So many days after it was made a call''s row is dropped; the sums of its day stay. Null is never.';
insert into recto.settings default values;

alter table recto.settings enable row level security;
revoke all on recto.settings from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.settings for each row execute function recto.audit();
