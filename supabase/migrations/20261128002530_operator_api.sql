-- The views that the API answers to operators (docs/adr/0022). It reads them as the caller, by functions that look at the
-- claims of the caller's token. So no role of the API has a right on a view.

-- Only the project itself writes app_metadata. Everybody writes their own user_metadata.
create function recto.require_operator() returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  if coalesce(current_setting('request.jwt.claims', true), '') = ''
    or (current_setting('request.jwt.claims', true)::jsonb -> 'app_metadata' ->> 'recto_role') is distinct from 'operator' then
    raise exception 'only an operator may read this' using errcode = 'PT403', detail = 'not_an_operator';
  end if;
  return true;
end
$$;
comment on function recto.require_operator is
  'True for a caller whose token has app_metadata.recto_role = operator. Raises PT403 for everybody else.';

-- One row more than the API answers tells it that there are more.
create function recto.operator_generations() returns setof operator.generations
  language sql stable security definer set search_path = ''
  as $$ select * from operator.generations where recto.require_operator() $$;
create function recto.operator_stuck() returns setof operator.stuck
  language sql stable security definer set search_path = ''
  as $$ select * from operator.stuck where recto.require_operator() order by since limit 101 $$;
create function recto.operator_routes() returns setof operator.routes
  language sql stable security definer set search_path = ''
  as $$ select * from operator.routes where recto.require_operator() limit 201 $$;
create function recto.operator_provider_keys() returns setof operator.provider_keys
  language sql stable security definer set search_path = ''
  as $$ select * from operator.provider_keys where recto.require_operator() limit 101 $$;
create function recto.operator_queue() returns setof operator.queue
  language sql stable security definer set search_path = ''
  as $$ select * from operator.queue where recto.require_operator() $$;
create function recto.operator_workers() returns setof operator.workers
  language sql stable security definer set search_path = ''
  as $$ select * from operator.workers where recto.require_operator() limit 1001 $$;
create function recto.operator_failures() returns setof operator.failures
  language sql stable security definer set search_path = ''
  as $$ select * from operator.failures where recto.require_operator() order by count desc, code limit 101 $$;
create function recto.operator_latest_failures() returns setof operator.latest_failures
  language sql stable security definer set search_path = ''
  as $$ select * from operator.latest_failures where recto.require_operator() $$;
create function recto.operator_cost_by_account() returns setof operator.cost_by_account
  language sql stable security definer set search_path = ''
as $$
  select * from operator.cost_by_account where recto.require_operator() and month = recto.month_of(now())
  order by kind = 'deployment' desc, cost_usd desc, account_id limit 101
$$;

revoke all on function recto.require_operator(), recto.operator_generations(), recto.operator_stuck(), recto.operator_routes(),
  recto.operator_provider_keys(), recto.operator_queue(), recto.operator_workers(), recto.operator_failures(),
  recto.operator_latest_failures(), recto.operator_cost_by_account() from public;
grant execute on function recto.operator_generations(), recto.operator_stuck(), recto.operator_routes(),
  recto.operator_provider_keys(), recto.operator_queue(), recto.operator_workers(), recto.operator_failures(),
  recto.operator_latest_failures(), recto.operator_cost_by_account() to authenticated;
