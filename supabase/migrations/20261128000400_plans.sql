-- A plan says what an account may do. An override changes some columns of the plan for one account until a time.

create function recto.kind_weights_valid(weights jsonb) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_typeof(weights) = 'object' and not exists (
    select from jsonb_each(case jsonb_typeof(weights) when 'object' then weights else '{}' end) w
    where case jsonb_typeof(w.value) when 'number' then w.value::numeric not between 0 and 1000 else true end
  );
end
$$;
revoke all on function recto.kind_weights_valid(jsonb) from public;

create table public.plans (
  name text primary key check (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
  per_window integer check (per_window >= 0),
  window_seconds integer not null default 300 check (window_seconds between 1 and 86400),
  burst integer not null default 0 check (burst >= 0),
  per_day integer check (per_day >= 0),
  per_month integer check (per_month >= 0),
  concurrent integer check (concurrent >= 1),
  tokens_per_hour bigint check (tokens_per_hour >= 0),
  max_characters integer not null default 10000 check (max_characters between 1000 and 10000),
  priority integer not null default 0 check (priority between 0 and 100),
  allowed_models text[],
  allowed_kinds text[],
  kind_weights jsonb not null default '{}' check (recto.kind_weights_valid(kind_weights)),
  monthly_budget_usd recto.usd check (monthly_budget_usd >= 0),
  over_budget text not null default 'fail' check (over_budget in ('fail', 'wait')),
  throttle boolean not null default false
);
comment on table public.plans is
  'Changed by SQL, in force at once: update plans set per_day = 20 where name = ''free''; A null column means no limit.';
comment on column public.plans.burst is
  'How many more one window may hold, as long as ten windows together hold no more than ten times per_window.';
comment on column public.plans.per_month is 'Generations in any 30 days.';
comment on column public.plans.concurrent is
  'Generations under way at the same time. A further generation is accepted and waits.';
comment on column public.plans.tokens_per_hour is 'Tokens in any hour, as estimated when a generation is admitted.';
comment on column public.plans.priority is
  'Band in the queue: every job of a higher band comes before all jobs of a lower one.';
comment on column public.plans.allowed_models is
  'Names that a request may have, aliases or ids. Null means every model.';
comment on column public.plans.allowed_kinds is
  'Kinds of generations that a request may have. Null means every kind.';
comment on column public.plans.kind_weights is
  'How much the tokens of a kind count in tokens_per_hour: {"code_review": 2} counts them twice. Other kinds count once.';
comment on column public.plans.over_budget is
  'What generations do when the budget is used up: fail, or wait for the new month.';
comment on column public.plans.throttle is 'True: above 90 % of the budget the cheapest allowed model is asked.';

insert into public.plans (name, per_window, window_seconds, burst, per_day, per_month, concurrent, tokens_per_hour, priority, monthly_budget_usd)
values ('anonymous', 2, 300, 0, 3, 10, 1, 40000, 0, 0.05),
  ('free', 5, 300, 0, 10, 100, 2, 200000, 0, 0.50),
  ('starter', 20, 300, 0, 100, 2000, 5, 1000000, 10, 5.00),
  ('pro', 60, 300, 0, 1000, 20000, 20, 10000000, 20, 50.00);

alter table public.plans enable row level security;
revoke all on public.plans from public, anon, authenticated, service_role;
grant select on public.plans to authenticated;
create policy "everybody signed in reads plans" on public.plans for select to authenticated using (true);
create trigger audit after insert or update or delete on public.plans for each row execute function recto.audit();

-- An account without a row has one of these two plans, so they can be neither deleted nor renamed.
create function recto.protect_first_plan() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'the plan % is that of new accounts: it keeps its name and stays', old.name using errcode = 'restrict_violation';
end
$$;
revoke all on function recto.protect_first_plan() from public;
create trigger protect_first_plan before delete on public.plans
  for each row when (old.name in ('free', 'anonymous')) execute function recto.protect_first_plan();
create trigger protect_first_plan_name before update of name on public.plans
  for each row when (old.name in ('free', 'anonymous') and new.name <> old.name) execute function recto.protect_first_plan();

create table recto.account_overrides (
  id bigint generated always as identity primary key,
  account_id uuid not null,
  changes jsonb not null check (jsonb_typeof(changes) = 'object' and changes <> '{}' and not changes ? 'name'),
  -- Null: from the beginning.
  starts_at timestamptz,
  expires_at timestamptz not null,
  note text,
  created_at timestamptz not null default now(),
  constraint expires_after_start check (expires_at >= starts_at)
);
comment on table recto.account_overrides is
  'Columns of plans that differ for one account from starts_at (null: at once) until expires_at: insert into recto.account_overrides (account_id, changes, expires_at) values (…, ''{"per_day": 500}'', ''2027-06-07'');';
create index idx_account_overrides_account on recto.account_overrides (account_id, id);
alter table recto.account_overrides enable row level security;
revoke all on recto.account_overrides from public, anon, authenticated, service_role;
create trigger audit after insert or update or delete on recto.account_overrides for each row execute function recto.audit();

-- An override has to pass the checks of a plan: the trigger inserts it as a plan and rolls that insert back, so nobody
-- sees the plan.
create function recto.check_override() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from jsonb_object_keys(new.changes) key where not key = any (
    select attname from pg_attribute where attrelid = 'public.plans'::regclass and attnum > 0 and not attisdropped
  )) then
    raise exception 'an override changes what is no column of plans: %', new.changes using errcode = 'check_violation';
  end if;
  begin
    insert into public.plans
      select (jsonb_populate_record(p, new.changes || jsonb_build_object('name', 'o' || replace(gen_random_uuid()::text, '-', '')))).*
      from public.plans p where p.name = 'free';
    raise exception using errcode = 'RCT00';
  exception when sqlstate 'RCT00' then
    return new;
  end;
end
$$;
revoke all on function recto.check_override() from public;
create trigger check_override before insert or update on recto.account_overrides
  for each row execute function recto.check_override();
