-- What people decided about suggestions of cards and about findings, by kind, prompt version, model, language and flags, so
-- that the next prompt can be better. The days are those of usage_daily: all count on the day (UTC) that their generation
-- was created.

-- One row for each different outcome of a day, with the number of suggestions or findings that had it.
create table recto.acceptance_daily (
  day date not null,
  account_id uuid not null,
  user_id uuid not null,
  kind text not null,
  prompt_version text not null,
  model text not null,
  language text,
  flags text[] not null,
  status text not null,
  edited boolean not null,
  reject_reason text,
  suggestions bigint not null
);
comment on table recto.acceptance_daily is
  'Outcomes of suggestions and findings on days up to usage_state.rolled_through. They are counted again whenever usage_daily is.';
comment on column recto.acceptance_daily.model is 'As in usage_daily.';
comment on column recto.acceptance_daily.language is 'What the request named, in lower case. Null: the language of the text.';
comment on column recto.acceptance_daily.flags is 'Sorted.';
comment on column recto.acceptance_daily.suggestions is 'Findings, for the kind code_review.';
create index idx_acceptance_daily_account on recto.acceptance_daily (account_id, day);
create index idx_acceptance_daily_day on recto.acceptance_daily (day);
create index idx_acceptance_daily_user on recto.acceptance_daily (user_id, day);

-- What is deleted still counts: this table has the part of a day whose rows are gone.
create table recto.acceptance_deleted (like recto.acceptance_daily);
comment on table recto.acceptance_deleted is
  'Outcomes of deleted suggestions and findings. Holds no text, and no id except those of account and person.';
create index idx_acceptance_deleted_account on recto.acceptance_deleted (account_id, day);
create index idx_acceptance_deleted_day on recto.acceptance_deleted (day);
create index idx_acceptance_deleted_user on recto.acceptance_deleted (user_id);

alter table recto.acceptance_daily enable row level security;
alter table recto.acceptance_deleted enable row level security;
revoke all on recto.acceptance_daily, recto.acceptance_deleted from public, anon, authenticated, service_role;

-- One row per suggestion or finding, with its outcome.
create view recto.outcomes with (security_invoker = true) as
  select g.id as generation_id, g.created_at, g.day, g.account_id, g.user_id, g.kind, g.prompt_version, g.model,
    lower(g.options ->> 'language') as language, array(select distinct f from unnest(s.flags) f order by f) as flags,
    s.status, s.edited, s.reject_reason
  from recto.generations_by_model g join (
    select c.generation_id, c.flags, c.status, c.edited, c.reject_reason from public.ai_suggestions c
    union all
    select f.generation_id, f.flags, f.status, false, f.reject_reason from public.ai_findings f
  ) s on s.generation_id = g.id;
revoke all on recto.outcomes from public, anon, authenticated, service_role;

-- Counts days from the tables themselves. A null account counts all accounts.
create function recto.count_acceptance(from_day date, to_day date, account uuid) returns setof recto.acceptance_daily
  language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  since timestamptz := from_day::timestamp at time zone 'UTC';
  till timestamptz := (to_day + 1)::timestamp at time zone 'UTC';
begin
  return query
  with parts as (
    select o.day, o.account_id, o.user_id, o.kind, o.prompt_version, o.model, o.language, o.flags, o.status, o.edited, o.reject_reason,
      1::bigint as suggestions
    from recto.outcomes o
    where o.created_at >= since and o.created_at < till and (account is null or o.account_id = account)
    union all
    select k.* from recto.acceptance_deleted k
    where k.day between from_day and to_day and (account is null or k.account_id = account)
  )
  select p.day, p.account_id, p.user_id, p.kind, p.prompt_version, p.model, p.language, p.flags, p.status, p.edited, p.reject_reason,
    sum(p.suggestions)::bigint
  from parts p group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
end
$$;

-- The days of an account, exact at this moment.
create function recto.acceptance_rows(account uuid, from_day date, to_day date) returns setof recto.acceptance_daily
  language plpgsql stable security definer set search_path = ''
as $$
declare
  last date := least(to_day, (now() at time zone 'UTC')::date);
  live datemultirange := (select range_agg(daterange(p.first_day, p.last_day, '[]')) from recto.live_periods(account, from_day, last) p);
  period daterange;
begin
  return query select * from recto.acceptance_daily d
    where d.account_id = account and d.day between from_day and last and (d.day <@ live) is not true;
  for period in select unnest(live) loop
    return query select * from recto.count_acceptance(lower(period), upper(period) - 1, account);
  end loop;
end
$$;

-- Outcomes of the suggestions and findings of an account of the caller in a period, by kind: rows `group` for each prompt
-- version, language or flag (`by_column`), and rows `total`. One with several flags is in several groups. A member gets
-- one row `member` besides, so that no rows mean an account of others.
create function recto.acceptance(account uuid, from_day date, to_day date, by_column text)
  returns table (section text, kind text, key text, status text, edited boolean, reject_reason text, suggestions numeric)
  language plpgsql stable security definer set search_path = ''
as $$
begin
  if recto.can_use_account(account, (select auth.uid())) is not true then
    return;
  end if;
  return query
  with known as materialized (
    select * from recto.acceptance_rows(account, from_day, to_day)
  )
  select 'group', k.kind, g.key, k.status, k.edited, k.reject_reason, sum(k.suggestions)
  from known k cross join lateral unnest(
    case by_column when 'prompt_version' then array[k.prompt_version] when 'language' then array[k.language]
      when 'flag' then case when k.flags = '{}' then array[null] else k.flags end end
  ) g (key)
  group by 2, 3, 4, 5, 6
  union all
  select 'total', k.kind, null, k.status, k.edited, k.reject_reason, sum(k.suggestions) from known k group by 2, 4, 5, 6
  union all
  select 'member', null, null, 'proposed', false, null, 0;
end
$$;
comment on function recto.acceptance is
  'What was decided about the suggestions and findings of an account of the caller in a period, by kind and prompt version, language or flag, and by kind alone. No rows for an account of others.';

revoke all on function recto.count_acceptance(date, date, uuid), recto.acceptance_rows(uuid, date, date),
  recto.acceptance(uuid, date, date, text) from public;
grant execute on function recto.acceptance(uuid, date, date, text) to authenticated;
