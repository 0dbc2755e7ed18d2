-- Helpers that several features use. Functions that run with every call or submission are plpgsql, because plpgsql keeps the plan of its
-- statements, while a function in SQL that cannot be inlined is planned for each call.

-- Spending of all accounts together is kept under this account id.
create function recto.deployment() returns uuid language plpgsql immutable set search_path = ''
as $$ begin return '00000000-0000-0000-0000-000000000000'; end $$;

-- Rows of erased people belong to this account id: all erased people share it.
create function recto.nobody() returns uuid language sql immutable set search_path = ''
as $$ select 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid $$;

-- Months are calendar months in UTC, named by their first day.
create function recto.month_of(at timestamptz) returns date language plpgsql immutable set search_path = ''
as $$ begin return date_trunc('month', at at time zone 'UTC'); end $$;

-- Seconds until the month is over, at least 1.
create function recto.seconds_left(in_month date) returns integer language plpgsql stable set search_path = ''
as $$
begin
  return greatest(1, ceil(extract(epoch from (in_month + interval '1 month') at time zone 'UTC' - clock_timestamp())));
end
$$;

-- A time as the API writes it, for times inside JSON.
create function recto.utc(at timestamptz) returns text
  language sql stable set search_path = ''
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

revoke all on function recto.deployment(), recto.nobody(), recto.month_of(timestamptz), recto.seconds_left(date),
  recto.utc(timestamptz) from public;
