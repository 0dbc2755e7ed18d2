-- Money is an exact decimal. In JSON it is text, because a number of JavaScript has too few digits for it. Postgres ignores
-- the cast of a domain; PostgREST looks for it, and calls its function for each column of this type that it answers.

create domain recto.usd as numeric;
comment on domain recto.usd is 'An amount of US dollars with all its digits. PostgREST answers it as text.';

create function recto.money_as_json(amount recto.usd) returns json
  language sql immutable set search_path = ''
as $$ select to_json(amount::text) $$;
comment on function recto.money_as_json is 'How PostgREST answers money.';
revoke all on function recto.money_as_json(recto.usd) from public;
-- PostgREST connects as authenticator, and uses a cast whose function this role may execute.
grant execute on function recto.money_as_json(recto.usd) to authenticated, authenticator;

create cast (recto.usd as json) with function recto.money_as_json(recto.usd) as implicit;
