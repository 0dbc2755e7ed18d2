-- What the API asks about limits and accounts, now that there is more than one limit.

comment on table recto.limits is
  'Changed by SQL, in force at once: update recto.limits set max_count = 20, window_seconds = 60 where name = ''generations'';';

-- Pruning goes limit by limit, each with its own window.
drop index recto.idx_admissions_admitted;
create index idx_admissions_limit_admitted on recto.admissions (limit_name, admitted_at);

-- The defaults keep API processes working that were started before this migration.
drop function recto.admission_state();
create function recto.admission_state(kind text default 'generations') returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('limit', rule.max_count, 'remaining', greatest(0, rule.max_count - count(a.id)),
    'window_seconds', rule.window_seconds,
    'reset', coalesce(ceil(extract(epoch from min(a.admitted_at) - now()) + rule.window_seconds)::integer, 0))
  from recto.limits rule
  left join recto.admissions a on a.account_id = (select auth.uid()) and a.limit_name = rule.name
    and a.admitted_at > now() - make_interval(secs => rule.window_seconds)
  where rule.name = kind
  group by rule.max_count, rule.window_seconds
$$;
comment on function recto.admission_state is 'The caller''s own place in a limit''s window: {limit, remaining, window_seconds, reset}.';

drop function recto.admission_policy();
create function recto.admission_policy(kind text default 'generations') returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object('limit', max_count, 'window_seconds', window_seconds) from recto.limits where name = kind
$$;
comment on function recto.admission_policy is 'A limit itself, for answers to callers who are not known.';

create function recto.account_residency() returns text
  language sql stable security definer set search_path = ''
as $$
  select coalesce((select data_residency from recto.account_settings where account_id = (select auth.uid())), 'any')
$$;
comment on function recto.account_residency is 'Where the texts of the caller''s account may go, as operators set it.';

revoke all on function recto.admission_state(text), recto.admission_policy(text), recto.account_residency() from public;
grant execute on function recto.admission_state(text), recto.account_residency() to authenticated;
grant execute on function recto.admission_policy(text) to recto_api;
