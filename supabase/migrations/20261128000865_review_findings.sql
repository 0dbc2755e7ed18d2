-- A person decides about the findings of their own code reviews: accepts them, rejects them with a reason, or takes a
-- decision back. Members of a team that shares its texts read each other's findings, and decide only about their own.

-- Locks the caller's findings with their generations, in the order of …_foundation.sql. Raises PT401, PT404, and PT403 for
-- findings that the caller may only read.
create function recto.lock_findings(caller uuid, ids uuid[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  missing uuid[];
  shared uuid[];
begin
  perform recto.lock_reviewer(caller);
  perform from public.ai_generations g
    where g.id in (select f.generation_id from public.ai_findings f where f.id = any (ids) and f.user_id = caller)
    order by g.id for key share;
  perform from public.ai_findings f where f.id = any (ids) and f.user_id = caller order by f.id for no key update;
  missing := array(
    select i from unnest(ids) i where not exists (select from public.ai_findings f where f.id = i and f.user_id = caller)
  );
  shared := array(
    select f.id from public.ai_findings f where f.id = any (missing) and f.account_id = any (recto.sharing_team_ids())
      and f.written_at >= (recto.sharing_since() ->> f.account_id::text)::timestamptz
  );
  perform recto.deny_review('not_found', array(select m from unnest(missing) m where m <> all (shared)), 'finding');
  perform recto.deny_review('not_yours', shared, 'finding');
end
$$;

-- One step of a review. `does`: accept, reject, undo, nothing when the finding is as decided already, or already_reviewed.
create type recto.finding_step as (id uuid, does text, reason text);

-- Decides what a decision does to a finding.
create function recto.finding_step(decision jsonb, f public.ai_findings) returns recto.finding_step
  language plpgsql immutable set search_path = ''
as $$
declare
  step recto.finding_step := (f.id, decision ->> 'action', decision ->> 'reason');
begin
  step.does := case
    when step.does = 'undo' and f.status = 'proposed' then 'nothing'
    when step.does = 'undo' or f.status = 'proposed' then step.does
    when step.does = 'accept' and f.status = 'accepted' then 'nothing'
    when step.does = 'reject' and f.status = 'rejected' and f.reject_reason = step.reason then 'nothing'
    else 'already_reviewed' end;
  return step;
end
$$;

create function public.review_findings(decisions jsonb) returns setof public.ai_findings
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  ids uuid[];
  steps recto.finding_step[];
begin
  perform recto.check_decisions(decisions, 'finding');
  ids := array(select (d ->> 'id')::uuid from jsonb_array_elements(decisions) with ordinality o (d, n) order by n);
  perform recto.lock_findings(caller, ids);
  steps := array(
    select recto.finding_step(d, f) from jsonb_array_elements(decisions) d
    join public.ai_findings f on f.id = (d ->> 'id')::uuid
  );
  perform recto.deny_review('already_reviewed',
    array(select t.id from unnest(steps) t where t.does = 'already_reviewed'), 'finding');
  update public.ai_findings f set
      status = case t.does when 'accept' then 'accepted' when 'reject' then 'rejected' else 'proposed' end,
      reject_reason = t.reason,
      reviewed_at = case when t.does <> 'undo' then clock_timestamp() end
    from unnest(steps) t where f.id = t.id and t.does <> 'nothing';
  return query select f.* from unnest(ids) with ordinality i (id, n) join public.ai_findings f on f.id = i.id order by i.n;
end
$$;
comment on function public.review_findings is
  'Carries out 1 to 100 decisions about findings of the caller, all or none, and returns the findings: [{"id": …, "action": "accept" | "reject" | "undo", "reason": …}]. PT404, PT403, and PT409 when a finding was reviewed otherwise.';

revoke all on type recto.finding_step from public;
revoke all on function recto.lock_findings(uuid, uuid[]), recto.finding_step(jsonb, public.ai_findings) from public;
revoke all on function public.review_findings(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.review_findings(jsonb) to authenticated;
