-- The private schema, the two login roles of Recto's processes, and those of people who read.
-- No role gets a password here: an operator sets one. `npm run migrate` does so for the processes with
-- RECTO_*_PASSWORD.

create schema recto;
comment on schema recto is
  'Recto''s own tables and functions. PostgREST does not expose it: a person reaches it only through the API.';
revoke all on schema recto from public;

do $$
begin
  if not exists (select from pg_roles where rolname = 'recto_api') then
    create role recto_api login noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'recto_worker') then
    create role recto_worker login noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'recto_analyst') then
    create role recto_analyst login noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'recto_dashboard') then
    create role recto_dashboard login noinherit;
  end if;
end
$$;

comment on role recto_api is
  'The API process. It becomes authenticated for each request, adds and cancels jobs, and reads no table as itself.';
comment on role recto_worker is
  'The worker process. It may use exactly the tables and columns that its statements use.';
comment on role recto_analyst is
  'People who read numbers with SQL: the views of the schema operator, no table, no text. Writes to no table of Recto.';

comment on role recto_dashboard is
  'The dashboard of pg-boss (npm run dashboard). Reads the tables of the queue, which have ids and no text, and writes to no table.';

-- The timeouts bound how long a stuck statement or a forgotten transaction can hold its locks.
alter role recto_api set statement_timeout = '5s';
alter role recto_api set idle_in_transaction_session_timeout = '10s';
alter role recto_worker set statement_timeout = '15s';
alter role recto_worker set idle_in_transaction_session_timeout = '15s';
-- Read only keeps a person from mistakes. The role may switch it off; the missing grants are what protects.
alter role recto_analyst set default_transaction_read_only = on;
alter role recto_analyst set statement_timeout = '60s';
alter role recto_analyst set idle_in_transaction_session_timeout = '60s';
alter role recto_analyst set timezone = 'UTC';
alter role recto_dashboard set default_transaction_read_only = on;
alter role recto_dashboard set statement_timeout = '10s';
alter role recto_dashboard set idle_in_transaction_session_timeout = '10s';

-- Both processes read and write timestamps as UTC.
alter role recto_api set timezone = 'UTC';
alter role recto_worker set timezone = 'UTC';

-- Each of the API's statements has one shape and is served by an index for every caller, so one generic plan is kept.
-- Postgres would otherwise plan some of them anew for each request, which costs more than running them.
alter role recto_api set plan_cache_mode = force_generic_plan;

grant authenticated to recto_api;
grant usage on schema recto to authenticated, recto_api, recto_worker;
