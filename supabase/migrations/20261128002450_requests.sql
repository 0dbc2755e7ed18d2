-- What PostgREST runs before each request, where a project sets db-pre-request to it (docs/deployment.md).

-- A schema of its own, because anon may use it too. PostgREST does not expose it.
create schema recto_requests;
comment on schema recto_requests is 'What PostgREST asks of each request, also of one of anon. Must not be exposed by PostgREST.';
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

-- PostgREST knows every Prefer header of a request, but tells the function above only the last one. What estimates a
-- count is an EXPLAIN, so the policies below refuse that, with db-pre-request and without. The function is immutable for
-- the planner to call it: its answer becomes a constant of the plan, and no row costs anything.
create function recto_requests.refuse_estimates() returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  if current_query() ~* '^\s*explain' and current_setting('request.headers', true) <> '' then
    raise exception 'counts are not estimated' using errcode = 'PT400', hint = 'Use Prefer: count=exact.';
  end if;
  return true;
end
$$;
comment on function recto_requests.refuse_estimates is
  'Raises PT400 when PostgREST has a query planned to estimate its rows. For policies of tables with rows of several people.';
revoke all on function recto_requests.refuse_estimates() from public;
grant execute on function recto_requests.refuse_estimates() to authenticated;

create policy "counts are not estimated" on public.accounts as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.account_members as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.account_invitations as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.ai_generations as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.ai_suggestions as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.ai_findings as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.budget_alerts as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.cards as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.card_schedules as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
create policy "counts are not estimated" on public.card_reviews as restrictive for select to authenticated
  using (recto_requests.refuse_estimates());
