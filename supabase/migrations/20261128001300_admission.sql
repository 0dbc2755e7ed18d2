-- Who may create a generation now. A trigger decides, so that it holds for every API process and for an insert through
-- PostgREST alike. Its cost follows the number of its statements and not what they read; docs/performance.md has the
-- measurements. A denial has SQLSTATE PT429, PT402, PT403 or PT503, to which PostgREST answers with that status, and its
-- numbers as JSON in DETAIL. PT400 is for a name that no process offers.

-- Raises PT403 for what the plan does not include.
create function recto.check_plan(rule public.plans, kind text, model text, source_text text) returns void
  language plpgsql stable set search_path = ''
as $$
begin
  -- The table refuses a text that is too long for every plan. Characters are counted only where the bytes allow too
  -- many.
  if octet_length(source_text) > rule.max_characters
    and char_length(source_text) between rule.max_characters + 1 and 10000 then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'characters', 'limit', rule.max_characters, 'used', char_length(source_text))::text;
  end if;
  if not kind = any (rule.allowed_kinds) then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'kinds', 'allowed', rule.allowed_kinds)::text;
  end if;
  if not model = any (rule.allowed_models) then
    perform recto.deny_model(rule.allowed_models);
  end if;
end
$$;

-- Returns the windows of the plan with the new admission `this` counted, or raises PT429. `last` is the newest row of
-- the ledger and remembers the oldest admission of each window: while that one is still inside, no lookup is needed.
create function recto.check_windows(this recto.admissions, last recto.admissions, rule public.plans)
  returns recto.rate_limit_window[]
  language plpgsql stable set search_path = ''
as $$
declare
  windows recto.rate_limit_window[] := recto.rate_limit_windows(rule);
  win recto.rate_limit_window;
  known recto.rate_limit_window;
  oldest recto.admissions;
  begins timestamptz;
begin
  for n in 1 .. cardinality(windows) loop
    win := windows[n];
    continue when win.most is null;
    known := last.windows[n];
    begins := this.admitted_at - make_interval(secs => win.seconds);
    if known.seconds = win.seconds and known.oldest_at > begins then
      win.oldest_at := known.oldest_at;
      win.before := known.before;
    else
      select * into oldest from recto.admissions o
        where (o.account_id, o.admitted_at) > (this.account_id, begins)
          and (o.account_id, o.admitted_at) <= (this.account_id, 'infinity'::timestamptz)
        order by o.account_id, o.admitted_at limit 1;
      oldest := case when oldest.seq is null then this else oldest end;
      win.oldest_at := oldest.admitted_at;
      win.before := case win.counts when 'tokens' then oldest.tokens_total - oldest.tokens else oldest.seq - 1 end;
    end if;
    win.used := case win.counts when 'tokens' then this.tokens_total else this.seq end - win.before;
    if win.used > win.most then
      -- Always raises PT429.
      perform recto.deny_window(this.account_id, rule, this.admitted_at, this.tokens);
    end if;
    windows[n] := win;
  end loop;
  return windows;
end
$$;

-- Raises PT402 with the seconds until the month is over.
create function recto.deny_budget(account uuid, budget numeric, spent numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  answer jsonb := jsonb_build_object('name', 'budget', 'reset', recto.seconds_left_in_month(recto.month_of(now())));
begin
  -- Nobody may read what all accounts together spend.
  answer := answer || case when account = recto.deployment_account() then jsonb_build_object('scope', 'deployment')
    else jsonb_build_object('scope', 'account', 'budget_usd', trim_scale(budget)::text, 'spent_usd', trim_scale(coalesce(spent, 0))::text) end;
  raise exception 'budget exceeded' using errcode = 'PT402', detail = answer::text;
end
$$;

-- Denies what the budget of a scope (an account, or the deployment) has no room for: it is spent, or a call of the model
-- for a text no longer than this one did not fit under this budget or a larger one. Where the call needed more than the
-- whole budget, the next month would not help: that is the plan's limit, and not a budget that is used up. A request that
-- is known to need less (`asked_usd`), for fewer cards say, is not held to what another one needed.
create function recto.check_budget(account uuid, budget numeric, model text, bytes integer, asked_usd numeric) returns void
  language plpgsql stable set search_path = ''
as $$
declare
  in_month constant date := date_trunc('month', now() at time zone 'UTC');
  spent numeric;
  needed numeric;
begin
  select s.spent_usd, (
      select b.needed_usd from recto.budget_blocks b
      where b.account_id = account and b.month = in_month and b.model = check_budget.model
        and b.budget_usd >= budget and b.bytes <= check_budget.bytes and b.needed_usd <= coalesce(asked_usd, b.needed_usd)
    ) into spent, needed
    from (select) one left join recto.spending s on s.account_id = account and s.month = in_month;
  -- Nobody may read the budget of all accounts together.
  if needed > budget and account <> recto.deployment_account() then
    perform recto.deny_model_cost(model, needed, budget);
  end if;
  if needed is not null or coalesce(spent, 0) >= budget then
    perform recto.deny_budget(account, budget, spent);
  end if;
end
$$;

-- Raises PT503 while the oldest job of this band or a higher one has been waiting for too long, also when no worker is
-- left to measure it. Jobs of lower bands run after this one, so they say nothing about it.
create function recto.check_queue(at timestamptz, most integer, band integer) returns void
  language plpgsql stable set search_path = ''
as $$
declare
  since timestamptz;
  measured timestamptz;
begin
  select min(q.waiting_since) filter (where q.band >= check_queue.band), max(q.measured_at) into since, measured
    from recto.queue_health q;
  -- A worker measures every 25 s. Where none did, the job that a worker would take first says how long jobs have
  -- waited.
  if measured < at - make_interval(secs => greatest(most, 60)) then
    since := (
      select greatest(j.created_on, j.start_after) from pgboss.job j
      where j.name = 'generation' and j.state < 'active' and not j.blocked and j.start_after <= at
        -- Priorities of a band end at its number times ten millions (priorityOf in shared/src/queue.ts).
        and j.priority > (check_queue.band - 1) * 10000000
      order by j.priority desc, j.created_on limit 1
    );
  end if;
  if at - since > make_interval(secs => most) then
    raise exception 'overloaded' using errcode = 'PT503',
      detail = json_build_object('name', 'queue', 'limit', most, 'used', extract(epoch from at - since)::integer, 'reset', 60)::text;
  end if;
end
$$;

create function recto.record_admission(this recto.admissions, person uuid) returns void
  language plpgsql set search_path = ''
as $$
begin
  insert into recto.admissions (account_id, seq, admitted_at, tokens, tokens_total, windows)
    values (this.account_id, this.seq, this.admitted_at, this.tokens, this.tokens_total, this.windows);
  if this.seq = 1 and this.account_id = person then
    perform recto.lock_anonymity(person);
    insert into public.accounts (id, kind, plan) values (person, 'personal', recto.first_plan(person)) on conflict do nothing;
  end if;
end
$$;

-- Whether a new generation waits for a place, and how many of the person's generations are under way. This function
-- counts, and not the role that inserts: for that role row level security would look up its sharing teams each time.
create function recto.place_in_queue(account uuid, person uuid, concurrent integer, out waiting boolean, out in_flight integer)
  language plpgsql stable set search_path = ''
as $$
declare
  running integer;
begin
  select count(*), count(*) filter (where g.account_id = account) into in_flight, running
    from public.ai_generations g where g.user_id = person and g.finished_at is null and not g.waiting;
  if concurrent is null then
    waiting := false;
    return;
  end if;
  if account <> person then
    select count(*) into running from public.ai_generations g
      where g.account_id = account and g.finished_at is null and not g.waiting;
  end if;
  -- A place that has just become free belongs to a generation that waits.
  waiting := running >= concurrent or exists (
    select from public.ai_generations g where g.account_id = account and g.waiting and g.finished_at is null
  );
end
$$;

-- Sequential scans are off, also in the functions that it calls: the planner takes one for cheaper on a small table, at
-- 20 us more. The result is left in the setting recto.admission: a recto.admission_result as JSON.
create function recto.admit_generation() returns trigger
  language plpgsql security definer set search_path = '' set lock_timeout = '2s' set enable_seqscan = off
as $$
declare
  rule public.plans;
  settings record;
  last recto.admissions;
  this recto.admissions;
  bytes constant integer := octet_length(coalesce(new.source_text, new.input::text, ''));
  -- What this request reserves at least. The API tells it; of another insert it is not known.
  asked_usd constant numeric := nullif(current_setting('recto.request_usd', true), '');
  place record;
begin
  -- Row level security is checked after this trigger, so an outsider would learn from a denial how the account stands.
  if new.account_id <> new.user_id and not recto.can_use_account(new.account_id, new.user_id) then
    raise exception 'not a member of the account' using errcode = 'insufficient_privilege';
  end if;
  perform recto.require_read_committed();
  perform recto.hold_off_erasure(new.user_id);
  perform recto.lock_admission(new.account_id);
  rule := recto.effective_plan(new.account_id);
  select s.max_queue_seconds, s.monthly_budget_usd, (select coalesce((m.least_usd ->> new.kind)::numeric, 0) from recto.offered_models m where m.name = new.model) as least_usd,
      exists (select from recto.offered_prompt_versions v where v.kind = new.kind and v.version = new.prompt_version) as version_offered
    into settings from recto.settings s;
  if settings.least_usd is null or not settings.version_offered then
    perform recto.deny_unknown_name(new.kind, settings.least_usd is not null);
  end if;
  perform recto.check_plan(rule, new.kind, new.model, new.source_text);

  select * into last from recto.admissions a where a.account_id = new.account_id order by a.seq desc limit 1;
  this.account_id := new.account_id;
  this.seq := coalesce(last.seq, 0) + 1;
  -- The order of numbers and times has to hold also when the clock was set back.
  this.admitted_at := greatest(clock_timestamp(), last.admitted_at);
  this.tokens := ceil((bytes / 3 + 2000) * coalesce((rule.kind_weights ->> new.kind)::numeric, 1));
  this.tokens_total := coalesce(last.tokens_total, 0) + this.tokens;
  this.windows := recto.check_windows(this, last, rule);
  if rule.monthly_budget_usd is not null then
    if greatest(settings.least_usd, asked_usd) > rule.monthly_budget_usd and not rule.throttle then
      perform recto.deny_model_cost(new.model, greatest(settings.least_usd, asked_usd), rule.monthly_budget_usd);
    end if;
    perform recto.check_budget(new.account_id, rule.monthly_budget_usd, new.model, bytes, asked_usd);
  end if;
  if settings.monthly_budget_usd is not null then
    perform recto.check_budget(recto.deployment_account(), settings.monthly_budget_usd, new.model, bytes, asked_usd);
  end if;
  perform recto.check_queue(this.admitted_at, settings.max_queue_seconds, rule.priority);

  perform recto.record_admission(this, new.user_id);
  place := recto.place_in_queue(new.account_id, new.user_id, rule.concurrent);
  new.waiting := place.waiting;
  perform set_config('recto.admission', to_json(
    (this.admitted_at, this.windows, place.waiting, rule.priority, place.in_flight)::recto.admission_result)::text, true);
  return new;
end
$$;
revoke all on function recto.check_plan(public.plans, text, text, text),
  recto.check_windows(recto.admissions, recto.admissions, public.plans), recto.deny_budget(uuid, numeric, numeric),
  recto.check_budget(uuid, numeric, text, integer, numeric), recto.check_queue(timestamptz, integer, integer),
  recto.record_admission(recto.admissions, uuid), recto.place_in_queue(uuid, uuid, integer), recto.admit_generation() from public;

create trigger admit_generation before insert on public.ai_generations
  for each row execute function recto.admit_generation();
