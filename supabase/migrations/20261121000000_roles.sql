-- The private schema and the two login roles of Recto's processes.
-- Neither role has a password here: an operator (or `npm run migrate` with RECTO_*_PASSWORD) sets one.

create schema recto;
comment on schema recto is 'Recto''s own machinery. Not exposed by PostgREST: a person reaches it only through the API.';
revoke all on schema recto from public;

do $$
begin
  if not exists (select from pg_roles where rolname = 'recto_api') then
    create role recto_api login noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'recto_worker') then
    create role recto_worker login noinherit;
  end if;
end
$$;

comment on role recto_api is 'The API process: becomes authenticated for each request, adds and cancels jobs, reads no table as itself.';
comment on role recto_worker is 'The worker process: exactly the tables and columns its statements touch.';

-- Bounds what a stuck statement or a forgotten transaction can hold, whoever forgot it.
alter role recto_api set statement_timeout = '5s';
alter role recto_api set idle_in_transaction_session_timeout = '10s';
alter role recto_worker set statement_timeout = '15s';
alter role recto_worker set idle_in_transaction_session_timeout = '15s';

-- Timestamps are read and written as UTC.
alter role recto_api set timezone = 'UTC';
alter role recto_worker set timezone = 'UTC';

grant authenticated to recto_api;
grant usage on schema recto to authenticated, recto_api, recto_worker;
