-- Who may create a generation now. A trigger decides, so that it holds for every API process and for an insert through
-- PostgREST alike. Its cost follows the number of its statements and not what they read; docs/performance.md has the
-- measurements.

create table recto.queue_health (
  singleton boolean primary key default true check (singleton),
  waiting_since timestamptz,
  run_seconds numeric not null default 10,
  measured_at timestamptz not null default now()
);
comment on table recto.queue_health is
  'How the queue was when a worker last measured it: since when its oldest job could have run, and how long a run takes.';
insert into recto.queue_health default values;
alter table recto.queue_health enable row level security;
revoke all on recto.queue_health from public, anon, authenticated, service_role;
grant select on recto.queue_health to recto_worker;
grant update (waiting_since, run_seconds, measured_at) on recto.queue_health to recto_worker;
create policy "the worker reads queue health" on recto.queue_health for select to recto_worker using (true);
create policy "the worker measures the queue" on recto.queue_health for update to recto_worker using (true) with check (true);

-- Raises PT402: the budget is spent, or a call of the same model for a text no longer than this one did not fit.
create function recto.deny_budget(scope text, budget numeric, spent numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  answer jsonb := jsonb_build_object('name', 'budget', 'scope', scope, 'reset', recto.seconds_left_in_month(recto.month_of(now())));
begin
  -- Nobody may read what all accounts together spend.
  if scope = 'account' then
    answer := answer || jsonb_build_object('budget_usd', budget::text, 'spent_usd', coalesce(spent, 0)::text);
  end if;
  raise exception 'budget exceeded' using errcode = 'PT402', detail = answer::text;
end
$$;
revoke all on function recto.deny_budget(text, numeric, numeric) from public;

-- A denial has SQLSTATE PT429, PT402, PT403 or PT503, to which PostgREST answers with that status, and its numbers as
-- JSON in DETAIL. An admission has the same numbers, and what the queue has to know, in the setting recto.admission,
-- for the API's headers. Sequential scans are off, also in the functions that it calls: the planner takes one for
-- cheaper on a small table, at 20 us more.
create function recto.admit_generation() returns trigger
  language plpgsql security definer set search_path = '' set lock_timeout = '2s' set enable_seqscan = off
as $$
declare
  rule public.plans;
  last recto.admissions;
  this recto.admissions;
  names constant text[] := array['generations', 'sustained', 'day', 'month', 'tokens'];
  limits bigint[];
  oldest_seq bigint;
  oldest_at timestamptz;
  tokens_before bigint;
  used bigint;
  windows text := '';
  terms record;
  in_flight integer;
  live integer;
begin
  -- Row level security is checked after this trigger, so an outsider would learn from a denial how the account stands.
  if new.account_id <> new.user_id and not recto.can_use_account(new.account_id, new.user_id) then
    raise exception 'not a member of the account' using errcode = 'insufficient_privilege';
  end if;
  -- An older snapshot would not show the admissions that were made while this transaction waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform recto.lock_admission(new.account_id);
  rule := recto.effective_plan(new.account_id);

  -- The table refuses a text that is too long for every plan. Characters are counted only where the bytes allow too
  -- many.
  if octet_length(new.source_text) > rule.max_characters
    and char_length(new.source_text) between rule.max_characters + 1 and 10000 then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'characters', 'limit', rule.max_characters, 'used', char_length(new.source_text))::text;
  end if;
  if not new.model = any (rule.allowed_models) then
    raise exception 'plan limit' using errcode = 'PT403',
      detail = json_build_object('name', 'models', 'allowed', rule.allowed_models)::text;
  end if;

  select * into last from recto.admissions a
    where a.account_id = new.account_id and a.limit_name = 'generations' order by a.seq desc limit 1;
  this.seq := coalesce(last.seq, 0) + 1;
  -- The order of numbers and times has to hold also when the clock was set back.
  this.admitted_at := greatest(clock_timestamp(), last.admitted_at);
  -- The number of bytes is stored with the text. Counting the characters of a long text would take as long as two
  -- statements.
  this.tokens := octet_length(new.source_text) / 3 + 2000;
  this.tokens_total := coalesce(last.tokens_total, 0) + this.tokens;
  limits := array[rule.per_window + rule.burst, case when rule.burst > 0 then 10 * rule.per_window end, rule.per_day, rule.per_month,
    rule.tokens_per_hour];
  this.window_seconds := array[rule.window_seconds, 10 * rule.window_seconds, 86400, 2592000, 3600];
  this.oldest_seqs := last.oldest_seqs;
  this.oldest_ats := last.oldest_ats;
  this.tokens_before := last.tokens_before;
  for n in 1..5 loop
    if limits[n] is null then
      this.oldest_ats[n] := null;
      continue;
    end if;
    if (last.window_seconds[n] = this.window_seconds[n]
      and this.oldest_ats[n] > this.admitted_at - make_interval(secs => this.window_seconds[n])) is not true then
      select o.seq, o.admitted_at, o.tokens_total - o.tokens into oldest_seq, oldest_at, tokens_before
        from recto.admissions o
        where (o.account_id, o.limit_name, o.admitted_at)
            > (new.account_id, 'generations', this.admitted_at - make_interval(secs => this.window_seconds[n]))
          and (o.account_id, o.limit_name, o.admitted_at) <= (new.account_id, 'generations', 'infinity'::timestamptz)
        order by o.account_id, o.limit_name, o.admitted_at limit 1;
      this.oldest_seqs[n] := coalesce(oldest_seq, this.seq);
      this.oldest_ats[n] := coalesce(oldest_at, this.admitted_at);
      if n = 5 then
        this.tokens_before := coalesce(tokens_before, this.tokens_total - this.tokens);
      end if;
    end if;
    used := case n when 5 then this.tokens_total - this.tokens_before else this.seq - this.oldest_seqs[n] + 1 end;
    if used > limits[n] then
      perform recto.deny_window(new.account_id, rule, this.admitted_at, this.tokens);
    end if;
    if n < 5 then
      windows := windows || format(',{"name":"%s","limit":%s,"window_seconds":%s,"remaining":%s,"reset":%s}', names[n], limits[n],
        this.window_seconds[n], limits[n] - used,
        ceil(date_part('epoch', this.oldest_ats[n] - this.admitted_at)) + this.window_seconds[n]);
    end if;
  end loop;

  select p.waiting_since, p.measured_at, s.max_queue_seconds, s.monthly_budget_usd as budget,
      mine.spent_usd as own_spent, mine.blocked_models -> new.model as own_unfit
    into terms
    from recto.queue_health p cross join recto.settings s
    left join recto.spending mine on mine.account_id = new.account_id and mine.month = date_trunc('month', now() at time zone 'UTC');
  if coalesce(terms.own_spent, 0) >= rule.monthly_budget_usd or (terms.own_unfit is not null
    and (terms.own_unfit ->> 'budget')::numeric >= rule.monthly_budget_usd
    and (terms.own_unfit ->> 'bytes')::integer <= octet_length(new.source_text)) then
    perform recto.deny_budget('account', rule.monthly_budget_usd, terms.own_spent);
  end if;
  if terms.budget is not null then
    perform recto.deny_budget('deployment', terms.budget, null)
      from (select) here left join recto.spending e on e.account_id = recto.deployment_account() and e.month = recto.month_of(now())
      where coalesce(e.spent_usd, 0) >= terms.budget or ((e.blocked_models -> new.model ->> 'budget')::numeric >= terms.budget
        and (e.blocked_models -> new.model ->> 'bytes')::integer <= octet_length(new.source_text));
  end if;
  -- A worker measures every 25 s. Where none did, the job that a worker would take first says how long jobs have
  -- waited.
  if terms.measured_at < this.admitted_at - make_interval(secs => greatest(terms.max_queue_seconds, 60)) then
    terms.waiting_since := (
      select greatest(j.created_on, j.start_after) from pgboss.job j
      where j.name = 'generation' and j.state < 'active' and not j.blocked and j.start_after <= this.admitted_at
      order by j.priority desc, j.created_on limit 1
    );
  end if;
  if this.admitted_at - terms.waiting_since > make_interval(secs => terms.max_queue_seconds) then
    raise exception 'overloaded' using errcode = 'PT503',
      detail = json_build_object('name', 'queue', 'limit', terms.max_queue_seconds,
        'used', extract(epoch from this.admitted_at - terms.waiting_since)::integer, 'reset', 60)::text;
  end if;

  insert into recto.admissions (account_id, limit_name, seq, admitted_at, tokens, tokens_total,
      window_seconds, oldest_seqs, oldest_ats, tokens_before)
    values (new.account_id, 'generations', this.seq, this.admitted_at, this.tokens, this.tokens_total,
      this.window_seconds, this.oldest_seqs, this.oldest_ats, this.tokens_before);
  if this.seq = 1 and new.account_id = new.user_id then
    insert into public.accounts (id, kind) values (new.account_id, 'personal') on conflict do nothing;
  end if;

  -- The trigger counts, and not the role that inserts: for that role row level security would look up its sharing teams
  -- each time.
  select count(*), count(*) filter (where g.account_id = new.account_id) into in_flight, live
    from public.ai_generations g where g.user_id = new.user_id and g.finished_at is null and not g.waiting;
  if rule.concurrent is not null then
    if new.account_id <> new.user_id then
      select count(*) into live from public.ai_generations g
        where g.account_id = new.account_id and g.finished_at is null and not g.waiting;
    end if;
    -- A place that has just become free belongs to a generation that waits.
    new.waiting := live >= rule.concurrent or exists (
      select from public.ai_generations g where g.account_id = new.account_id and g.waiting and g.finished_at is null
    );
  end if;
  perform set_config('recto.admission', format('{"windows":[%s],"waiting":%s,"priority":%s,"in_flight":%s}',
    substr(windows, 2), new.waiting::text, rule.priority, in_flight), true);
  return new;
end
$$;
revoke all on function recto.admit_generation() from public;

create trigger admit_generation before insert on public.ai_generations
  for each row execute function recto.admit_generation();
