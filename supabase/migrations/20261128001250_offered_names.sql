-- Which models, kinds and prompt versions there are stands in the catalog and the code of the processes. They write the
-- names here when they start, and workers again and again, so that an insert without the API can be refused before it
-- costs a place. Names are added at once, for a newer process beside older ones, and go when no process has offered
-- them for an hour.

create table recto.offered_models (
  name text primary key check (char_length(name) between 1 and 200),
  least_usd jsonb not null default '{}' check (jsonb_typeof(least_usd) = 'object'),
  seen_at timestamptz not null default now()
);
comment on table recto.offered_models is 'Names that the model of a request may have: aliases and ids of the catalog.';
comment on column recto.offered_models.least_usd is
  'By kind: what the cheapest request reserves at the cheapest route of the model. A plan with a smaller budget can never afford it.';
comment on column recto.offered_models.seen_at is 'When a process offered it, to about five minutes.';

create table recto.offered_prompt_versions (
  kind text not null,
  version text not null check (char_length(version) between 1 and 100),
  seen_at timestamptz not null default now(),
  primary key (kind, version)
);
comment on table recto.offered_prompt_versions is 'The prompt versions of each kind of generation.';
comment on column recto.offered_prompt_versions.seen_at is 'When a process offered it, to about five minutes.';

-- Usage of years ago still has the names of its time, so a row stays when no process offers the model any more.
create table recto.model_names (
  name text primary key,
  model text not null
);
comment on table recto.model_names is
  'Other names of a model: what providers call it, and aliases of it alone. Usage by model counts them as the model.';
comment on column recto.model_names.model is 'The id in the catalog.';

alter table recto.offered_models enable row level security;
alter table recto.offered_prompt_versions enable row level security;
alter table recto.model_names enable row level security;
revoke all on recto.offered_models, recto.offered_prompt_versions, recto.model_names from public, anon, authenticated, service_role;

-- The version at position n is one of the kind at position n, the costs at position n are those of the model there, and the
-- other name at position n is one of the id there. Rows are written in one order, and the old ones only where nobody else
-- has locked them, so that processes which start together do not wait for each other in a circle.
create function recto.offer_names(models text[], kinds text[], versions text[], costs jsonb[] default '{}',
  other_names text[] default '{}', ids text[] default '{}') returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  old constant timestamptz := now() - interval '1 hour';
begin
  insert into recto.offered_models as o (name, least_usd)
    select m, coalesce(c, '{}') from unnest(models, costs) as offered (m, c) where m is not null order by m
    -- A process that does not know a kind yet says nothing of its cost.
    on conflict (name) do update set seen_at = now(), least_usd = o.least_usd || excluded.least_usd
    where o.seen_at < now() - interval '5 minutes' or not o.least_usd @> excluded.least_usd;
  insert into recto.offered_prompt_versions as o (kind, version)
    select distinct k, v from unnest(kinds, versions) as offered (k, v) order by k, v
    on conflict (kind, version) do update set seen_at = now() where o.seen_at < now() - interval '5 minutes';
  insert into recto.model_names as n (name, model) select o.name, o.id from unnest(other_names, ids) as o (name, id) order by o.name
    on conflict (name) do update set model = excluded.model where n.model <> excluded.model;
  delete from recto.offered_models where name in (
    select o.name from recto.offered_models o where o.seen_at < old for update skip locked
  );
  delete from recto.offered_prompt_versions where (kind, version) in (
    select o.kind, o.version from recto.offered_prompt_versions o where o.seen_at < old for update skip locked
  );
end
$$;
comment on function recto.offer_names is 'Records which names a process offers, and forgets those that no process has offered for an hour.';

-- What the cheapest request of any kind reserves.
create function recto.least_of_kinds(costs jsonb) returns numeric
  language sql immutable set search_path = ''
as $$ select coalesce(min(c.value::numeric), 0) from jsonb_each_text(costs) c $$;
revoke all on function recto.least_of_kinds(jsonb) from public;

-- Raises PT400 for a name that no process offers.
create function recto.deny_unknown_name(kind text, model_offered boolean) returns void
  language plpgsql stable set search_path = ''
as $$
declare
  what constant text := case when not model_offered then 'model'
    when exists (select from recto.offered_prompt_versions v where v.kind = deny_unknown_name.kind) then 'prompt version'
    else 'kind' end;
begin
  raise exception 'unknown %', what using errcode = 'PT400', hint = 'GET /api/ai/models lists the models.',
    detail = jsonb_build_object('code', 'unknown_' || replace(what, ' ', '_'))::text;
end
$$;
-- Raises PT403 for a request that costs more than a whole month's budget of the plan, whichever route is asked.
create function recto.deny_model_cost(model text, least_usd numeric, budget_usd numeric) returns void
  language plpgsql stable set search_path = ''
as $$
begin
  raise exception 'plan limit' using errcode = 'PT403', detail = json_build_object('name', 'model_cost', 'model', model,
    'budget_usd', trim_scale(budget_usd)::text, 'least_usd', trim_scale(least_usd)::text)::text;
end
$$;

-- Raises PT403 for a model that is not one of those of the plan.
create function recto.deny_model(allowed text[]) returns void
  language plpgsql stable set search_path = ''
as $$
begin
  raise exception 'plan limit' using errcode = 'PT403', detail = json_build_object('name', 'models', 'allowed', allowed)::text;
end
$$;
revoke all on function recto.offer_names(text[], text[], text[], jsonb[], text[], text[]), recto.deny_unknown_name(text, boolean),
  recto.deny_model_cost(text, numeric, numeric), recto.deny_model(text[]) from public;
grant execute on function recto.offer_names(text[], text[], text[], jsonb[], text[], text[]) to recto_api, recto_worker;
