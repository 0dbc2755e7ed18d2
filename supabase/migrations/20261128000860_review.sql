-- A person decides about the suggestions of their own generations: accepts them, which makes cards, rejects them, or takes
-- a decision back. Members of a team that shares its texts read each other's suggestions, and decide only about their own.
-- What a review of findings (…_review_findings.sql) has in common with this one has a parameter `about`: what the
-- decisions are about, suggestion or finding.

create function recto.reject_reasons(about text) returns text[] language plpgsql immutable set search_path = ''
as $$
begin
  return case about when 'suggestion' then array['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other']
    when 'finding' then array['wrong', 'not_relevant', 'intended', 'duplicate', 'unclear', 'other'] end;
end
$$;
comment on function recto.reject_reasons is 'Why a person rejects a suggestion or a finding. The checks of their tables are the same.';

-- What is wrong with one decision of a request; null when nothing is.
create function recto.decision_fault(decision jsonb, about text) returns text
  language plpgsql immutable set search_path = ''
as $$
declare
  fields constant text[] := array['id', 'action', 'reason'] || case about when 'suggestion' then array['front', 'back'] end;
  reasons constant text[] := recto.reject_reasons(about);
  action text;
  reason text;
begin
  if jsonb_typeof(decision) is distinct from 'object' or decision - fields <> '{}'
    or exists (select from jsonb_each(decision) e where jsonb_typeof(e.value) not in ('string', 'null')) then
    return 'a decision has the texts ' || array_to_string(fields, ', ');
  end if;
  action := coalesce(decision ->> 'action', '');
  reason := decision ->> 'reason';
  return case
    when not pg_input_is_valid(coalesce(decision ->> 'id', ''), 'uuid') then 'id is the id of a ' || about
    when action not in ('accept', 'reject', 'undo') then 'action is accept, reject or undo'
    when action <> 'accept' and (decision ->> 'front' is not null or decision ->> 'back' is not null) then 'only accept has front and back'
    when decision ->> 'front' is not null and not recto.card_side_valid(decision ->> 'front', 200) then 'front has 1 to 200 characters'
    when decision ->> 'back' is not null and not recto.card_side_valid(decision ->> 'back', 500) then 'back has 1 to 500 characters'
    when action <> 'reject' and reason is not null then 'only reject has a reason'
    when action = 'reject' and coalesce(reason, '') <> all (reasons) then 'reason is one of ' || array_to_string(reasons, ', ')
  end;
end
$$;

-- Raises PT400 unless the request is a list of 1 to 100 decisions about different suggestions or findings.
create function recto.check_decisions(decisions jsonb, about text) returns void
  language plpgsql immutable set search_path = ''
as $$
declare
  fault record;
begin
  if jsonb_typeof(decisions) is distinct from 'array' or jsonb_array_length(decisions) not between 1 and 100 then
    raise exception 'a review has 1 to 100 decisions' using errcode = 'PT400', detail = '{"code": "invalid_request"}';
  end if;
  select d.n - 1 as at, recto.decision_fault(d.value, about) as message into fault
    from jsonb_array_elements(decisions) with ordinality d (value, n)
    where recto.decision_fault(d.value, about) is not null order by d.n limit 1;
  if found then
    raise exception 'decision %: %', fault.at, fault.message using errcode = 'PT400', detail = '{"code": "invalid_request"}';
  end if;
  if (select count(distinct (d ->> 'id')::uuid) < count(*) from jsonb_array_elements(decisions) d) then
    raise exception 'a % has two decisions', about using errcode = 'PT400', detail = '{"code": "invalid_request"}';
  end if;
end
$$;

-- Raises an error about some of the suggestions or findings of a review. Does nothing about none.
create function recto.deny_review(code text, ids uuid[], about text) returns void
  language plpgsql set search_path = ''
as $$
begin
  if cardinality(ids) > 0 then
    raise exception '%', case code
        when 'not_found' then format('there is no such %s', about)
        when 'not_yours' then format('only the person who generated a %s reviews it', about)
        when 'already_reviewed' then format('the %s was reviewed otherwise: undo that first', about)
        else 'the card was changed since it was accepted' end
      using errcode = case code when 'not_found' then 'PT404' when 'not_yours' then 'PT403' else 'PT409' end,
        detail = jsonb_build_object('code', code, 'ids', ids);
  end if;
end
$$;

-- Locks the person who reviews against their deletion, and holds off their erasure. Raises PT401 when there is no such
-- person.
create function recto.lock_reviewer(caller uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  perform from auth.users u where u.id = caller for key share;
  if not found then
    raise exception 'nobody is signed in' using errcode = 'PT401';
  end if;
  perform recto.hold_off_erasure(caller);
end
$$;

-- Locks the caller's suggestions with what they belong to and what belongs to them, in the order of …_foundation.sql. What
-- is found of them behind this stays as it is until the end of the transaction. Raises PT401, PT404, and PT403 for
-- suggestions that the caller may only read.
create function recto.lock_suggestions(caller uuid, ids uuid[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  missing uuid[];
  shared uuid[];
begin
  perform recto.lock_reviewer(caller);
  perform from public.ai_generations g
    where g.id in (select s.generation_id from public.ai_suggestions s where s.id = any (ids) and s.user_id = caller)
    order by g.id for key share;
  perform from public.ai_suggestions s where s.id = any (ids) and s.user_id = caller order by s.id for no key update;
  perform from public.cards c where c.suggestion_id = any (ids) and c.user_id = caller order by c.id for update;
  missing := array(
    select i from unnest(ids) i where not exists (select from public.ai_suggestions s where s.id = i and s.user_id = caller)
  );
  shared := array(
    select s.id from public.ai_suggestions s where s.id = any (missing) and s.account_id = any (recto.sharing_team_ids())
      and s.written_at >= (recto.sharing_since() ->> s.account_id::text)::timestamptz
  );
  perform recto.deny_review('not_found', array(select m from unnest(missing) m where m <> all (shared)), 'suggestion');
  perform recto.deny_review('not_yours', shared, 'suggestion');
end
$$;

-- One step of a review. `does`: accept, reject, undo, nothing when the suggestion is as decided already, or the code of an
-- error. `front` and `back` are those of the card.
create type recto.review_step as (id uuid, does text, front text, back text, edited boolean, reason text);

-- Decides what a decision does to a suggestion and its card. The card is null when there is none. A card that was learnt
-- counts as changed: an undo would take its schedule along.
create function recto.review_step(decision jsonb, s public.ai_suggestions, c public.cards) returns recto.review_step
  language plpgsql stable set search_path = ''
as $$
declare
  step recto.review_step := (s.id, decision ->> 'action', coalesce(decision ->> 'front', s.front),
    coalesce(decision ->> 'back', s.back), false, decision ->> 'reason');
begin
  step.edited := (step.front, step.back) is distinct from (s.front, s.back);
  step.does := case
    when step.does = 'undo' and s.status = 'proposed' then 'nothing'
    when step.does = 'undo' and (c.updated_at > c.created_at
      or exists (select from public.card_schedules h where h.card_id = c.id and h.reps > 0)) then 'card_changed'
    when step.does = 'undo' or s.status = 'proposed' then step.does
    when step.does = 'reject' and s.status = 'rejected' and s.reject_reason = step.reason then 'nothing'
    -- What the model wrote stays, so it is known whether it was accepted. What a person wrote instead is in the card alone.
    when step.does = 'accept' and s.status = 'accepted' and s.edited = step.edited
      and (not s.edited or (c.front, c.back) = (step.front, step.back)) then 'nothing'
    else 'already_reviewed' end;
  return step;
end
$$;

-- Whether a person has another card than that of the step with the same front and back, but for case, accents and white
-- space.
create function recto.has_equal_card(person uuid, step recto.review_step) returns boolean
  language plpgsql stable set search_path = ''
as $$
declare
  folded constant text := recto.fold_text(step.front || E'\n' || step.back);
begin
  return exists (
    select from public.cards c
    where c.user_id = person and hashtextextended(c.search_text, 0) = hashtextextended(folded, 0) and c.search_text = folded
      and c.suggestion_id is distinct from step.id
  );
end
$$;

-- Writes the steps of a review. Whether an accepted suggestion equals another card of the person is looked at again,
-- because cards came and went since it was generated.
create function recto.apply_review(caller uuid, steps recto.review_step[]) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.cards c using unnest(steps) t where t.does = 'undo' and c.suggestion_id = t.id;
  insert into public.cards (user_id, suggestion_id, front, back, origin, source_quote)
    select caller, t.id, t.front, t.back, case when t.edited then 'ai_edited' else 'ai' end, s.source_quote
    from unnest(steps) t join public.ai_suggestions s on s.id = t.id where t.does = 'accept';
  update public.ai_suggestions s set
      status = case t.does when 'accept' then 'accepted' when 'reject' then 'rejected' else 'proposed' end,
      edited = t.does = 'accept' and t.edited,
      reject_reason = t.reason,
      reviewed_at = case when t.does <> 'undo' then clock_timestamp() end,
      flags = case when t.does <> 'accept' then s.flags
        when recto.has_equal_card(caller, t) then array_append(array_remove(s.flags, 'duplicate_of_card'), 'duplicate_of_card')
        else array_remove(s.flags, 'duplicate_of_card') end
    from unnest(steps) t where s.id = t.id and t.does <> 'nothing';
end
$$;

create function public.review_suggestions(decisions jsonb) returns setof public.ai_suggestions
  language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := (select auth.uid());
  ids uuid[];
  steps recto.review_step[];
begin
  perform recto.check_decisions(decisions, 'suggestion');
  ids := array(select (d ->> 'id')::uuid from jsonb_array_elements(decisions) with ordinality o (d, n) order by n);
  perform recto.lock_suggestions(caller, ids);
  steps := array(
    select recto.review_step(d, s, c) from jsonb_array_elements(decisions) d
    join public.ai_suggestions s on s.id = (d ->> 'id')::uuid left join public.cards c on c.suggestion_id = s.id
  );
  perform recto.deny_review(code, array(select t.id from unnest(steps) t where t.does = code), 'suggestion')
    from unnest(array['card_changed', 'already_reviewed']) code;
  perform recto.apply_review(caller, steps);
  return query select s.* from unnest(ids) with ordinality i (id, n) join public.ai_suggestions s on s.id = i.id order by i.n;
end
$$;
comment on function public.review_suggestions is
  'Carries out 1 to 100 decisions about suggestions of the caller, all or none, and returns the suggestions: [{"id": …, "action": "accept" | "reject" | "undo", "front": …, "back": …, "reason": …}]. PT404, PT403, and PT409 when a suggestion was reviewed otherwise or its card changed.';

revoke all on type recto.review_step from public;
revoke all on function recto.reject_reasons(text), recto.decision_fault(jsonb, text), recto.check_decisions(jsonb, text),
  recto.deny_review(text, uuid[], text), recto.lock_reviewer(uuid), recto.lock_suggestions(uuid, uuid[]), recto.review_step(jsonb, public.ai_suggestions, public.cards),
  recto.apply_review(uuid, recto.review_step[]), recto.has_equal_card(uuid, recto.review_step) from public;
revoke all on function public.review_suggestions(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.review_suggestions(jsonb) to authenticated;
