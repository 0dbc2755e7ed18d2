-- What PostgREST runs before each request, where a project sets db-pre-request to it (docs/deployment.md).

-- A schema of its own, because anon may use it too. PostgREST does not expose it.
create schema recto_requests;
comment on schema recto_requests is 'The function that PostgREST runs before each request. Must not be exposed by PostgREST.';
revoke all on schema recto_requests from public;

-- Prefer: count=planned answers what the planner expects of a query. It expects that from statistics over the rows of
-- all people, so that a filter by a person's id would tell how many rows that person has.
create function recto_requests.check_request() returns void
  language plpgsql stable set search_path = ''
as $$
begin
  if current_setting('request.headers', true)::json ->> 'prefer' ~* '\mcount\s*=\s*"?(planned|estimated)' then
    raise exception 'counts are not estimated' using errcode = 'PT400', hint = 'Use Prefer: count=exact.';
  end if;
end
$$;
comment on function recto_requests.check_request is
  'Raises PT400 for a request for an estimated count, which would tell about the rows of others.';
revoke all on function recto_requests.check_request() from public;

grant usage on schema recto_requests to anon, authenticated, service_role;
grant execute on function recto_requests.check_request() to anon, authenticated, service_role;
