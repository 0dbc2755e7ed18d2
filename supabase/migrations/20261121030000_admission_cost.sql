-- Admission again, in few statements: what runs with every submission costs by how many it has, and not by what they read.
-- Measured in docs/performance.md.

-- The same rule as before, in a function: the text of a check is parsed anew by every statement that writes a row, and this one's was
-- longer than those of all other checks together.
create function recto.are_options(options jsonb) returns boolean
  language plpgsql immutable set search_path = ''
as $$
begin
  return case when jsonb_typeof(options) = 'object' then
    options - array['max_cards', 'language'] = '{}'
    and case jsonb_typeof(options -> 'max_cards')
      when 'number' then (options ->> 'max_cards')::numeric between 1 and 30
        and (options ->> 'max_cards')::numeric % 1 = 0
      else not options ? 'max_cards'
    end
    and case jsonb_typeof(options -> 'language')
      when 'string' then char_length(options ->> 'language') <= 35
        and options ->> 'language' ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
      else not options ? 'language'
    end
  else false end;
end
$$;
revoke all on function recto.are_options(jsonb) from public;
-- A check runs as who writes the row.
grant execute on function recto.are_options(jsonb) to authenticated, recto_worker;
alter table public.ai_generations drop constraint options_shape,
  add constraint options_shape check (options = '{}' or recto.are_options(options));

-- Numbered per account and kind: a number of its own was one index more to write.
alter table recto.admissions drop column id;
drop index recto.idx_admissions_account_seq;
alter table recto.admissions add primary key (account_id, limit_name, seq),
  add column window_seconds integer[],
  add column oldest_seqs bigint[],
  add column oldest_ats timestamptz[],
  add column tokens_before bigint;
comment on column recto.admissions.oldest_seqs is
  'The oldest in each window (generations, sustained, day, month, tokens) when this one came. Until that one leaves it is the oldest for the next one too, which need not look for it.';
comment on column recto.admissions.tokens_before is 'tokens_total before the oldest in the window of tokens.';

-- What an account may do now. Accounts without a row have the plan of new ones.
create or replace function recto.plan_of(account uuid) returns public.plans
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
  override jsonb;
begin
  select p.* into rule from public.plans p
    where p.name = coalesce((select a.plan from public.accounts a where a.id = account), 'free');
  if exists (select from recto.account_overrides o where o.account_id = account and o.expires_at > now()) then
    for override in
      select o.changes from recto.account_overrides o where o.account_id = account and o.expires_at > now() order by o.id
    loop
      rule := jsonb_populate_record(rule, override);
    end loop;
  end if;
  return rule;
end
$$;

-- Where an account stands in each of its windows, at the cost of one lookup each: used is the difference of two numbers. frees: when
-- the next one may come, or, where it may at once, when the oldest leaves. plpgsql, which keeps its plans.
create or replace function recto.standing(account uuid, rule public.plans, at timestamptz)
  returns table (name text, most bigint, seconds integer, used bigint, frees timestamptz)
  language plpgsql stable rows 5 set search_path = ''
as $$
begin
  return query
  select w.name, w.most, w.seconds, counted.used,
    case when w.name <> 'tokens' and counted.used > w.most and w.most > 0 then (
      -- The limit was lowered: enough have to leave before the next may come.
      select a.admitted_at from recto.admissions a
      where a.account_id = account and a.limit_name = 'generations' and a.seq = newest.seq - w.most + 1
    ) else oldest.admitted_at end + make_interval(secs => w.seconds)
  from (values
    ('generations', (rule.per_window + rule.burst)::bigint, rule.window_seconds),
    ('sustained', case when rule.burst > 0 then 10 * rule.per_window end, 10 * rule.window_seconds),
    ('day', rule.per_day, 86400),
    ('month', rule.per_month, 2592000),
    ('tokens', rule.tokens_per_hour, 3600)
  ) as w (name, most, seconds)
  left join (
    select a.seq, a.tokens_total from recto.admissions a
    where a.account_id = account and a.limit_name = 'generations' order by a.seq desc limit 1
  ) newest on true
  left join lateral (
    -- As one comparison, which the index by account alone can serve: by that of times this would walk through everybody's.
    select a.seq, a.admitted_at, a.tokens_total - a.tokens as tokens_before from recto.admissions a
    where (a.account_id, a.limit_name, a.admitted_at) > (account, 'generations', at - make_interval(secs => w.seconds))
      and (a.account_id, a.limit_name, a.admitted_at) <= (account, 'generations', 'infinity'::timestamptz)
    order by a.account_id, a.limit_name, a.admitted_at limit 1
  ) oldest on true
  cross join lateral (
    select coalesce(case w.name when 'tokens' then newest.tokens_total - oldest.tokens_before else newest.seq - oldest.seq + 1 end, 0) as used
  ) counted
  where w.most is not null;
end
$$;

-- The limits of a new account are those where nothing was used.
create or replace function recto.admission_policy(kind text default 'generations') returns jsonb
  language sql stable security definer set search_path = ''
as $$
  select case kind when 'generations' then (
      select jsonb_agg(jsonb_build_object('name', s.name, 'limit', s.most, 'window_seconds', s.seconds))
      from public.plans p, recto.standing('00000000-0000-0000-0000-000000000000', p, now()) s
      where p.name = 'free' and s.name <> 'tokens'
    ) else (
      select jsonb_agg(jsonb_build_object('name', l.name, 'limit', l.max_count, 'window_seconds', l.window_seconds))
      from recto.limits l where l.name = kind
    ) end
$$;
drop function recto.windows_of(public.plans);
drop function recto.out_of_money(uuid, text);
drop function recto.tokens_of(text);
comment on column recto.admissions.tokens is 'As estimated: three bytes each, and the answer''s.';

-- Refuses what does not fit into a window, naming the one that it has to wait for longest.
create function recto.refuse_window(account uuid, rule public.plans, at timestamptz, needed bigint) returns void
  language plpgsql set search_path = ''
as $$
declare
  tight record;
begin
  select s.name, s.most, s.seconds, s.used, coalesce(case s.name
      -- Not when the oldest leaves, but when so many have that this one fits.
      when 'tokens' then (
        select a.admitted_at + make_interval(secs => s.seconds) from recto.admissions a
        where (a.account_id, a.limit_name, a.admitted_at) > (account, 'generations', at - make_interval(secs => s.seconds))
          and (a.account_id, a.limit_name, a.admitted_at) <= (account, 'generations', 'infinity'::timestamptz)
          and a.tokens_total >= newest.tokens_total + needed - s.most
        order by a.account_id, a.limit_name, a.admitted_at limit 1
      ) else s.frees end, at + make_interval(secs => s.seconds)) as frees
    into strict tight
    from recto.standing(account, rule, at) s
    left join (
      select a.tokens_total from recto.admissions a
      where a.account_id = account and a.limit_name = 'generations' order by a.seq desc limit 1
    ) newest on true
    where s.used + case s.name when 'tokens' then needed else 1 end > s.most
    order by frees desc limit 1;
  raise exception '%', case when tight.name in ('generations', 'sustained') then 'rate limited' else 'quota exceeded' end
    using errcode = 'PT429', hint = 'Wait for the seconds in reset.',
    detail = json_build_object('name', tight.name, 'limit', tight.most, 'remaining', greatest(0, tight.most - tight.used),
      'window_seconds', tight.seconds, 'reset', greatest(1, ceil(extract(epoch from tight.frees - clock_timestamp())))::integer,
      'windows', recto.windows_at(account, rule, clock_timestamp()))::text;
end
$$;

-- Refuses for want of money: it is spent, or a call of the same model for a text no longer than this did not fit.
create function recto.refuse_money(scope text, budget numeric, spent numeric) returns void
  language plpgsql set search_path = ''
as $$
declare
  answer jsonb := jsonb_build_object('name', 'budget', 'scope', scope, 'reset', recto.seconds_left(recto.month_of(now())));
begin
  -- What all accounts spend together is nobody's to read.
  if scope = 'account' then
    answer := answer || jsonb_build_object('budget_usd', budget::text, 'spent_usd', coalesce(spent, 0)::text);
  end if;
  raise exception 'budget exceeded' using errcode = 'PT402', detail = answer::text;
end
$$;
revoke all on function recto.refuse_window(uuid, public.plans, timestamptz, bigint),
  recto.refuse_money(text, numeric, numeric) from public;

-- Refusals: SQLSTATE PT429, PT402, PT403 or PT503 (PostgREST answers with that status), and the numbers as JSON in DETAIL.
-- When admitted, the same numbers are in the setting recto.admission, for the API's headers, with what the queue has to know.
-- Without sequential scans, also within what it calls: of a small table the planner thinks that one is cheaper, and it costs 20 us more.
create or replace function recto.admit_generation() returns trigger
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
  -- Row level security is asked after this: nobody may learn from a refusal how another account stands.
  if new.account_id <> new.user_id and not recto.may_use(new.account_id, new.user_id) then
    raise exception 'not a member of the account' using errcode = 'insufficient_privilege';
  end if;
  -- Under an older snapshot the counts below would not see what others were admitted while this one waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'admitted in read committed transactions only' using errcode = 'invalid_transaction_state';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(new.account_id::text, 429));
  rule := recto.plan_of(new.account_id);

  -- What is too long for any plan the table refuses. Bytes first: characters are counted only where they can be too many.
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
  -- A clock that was set back must not bring numbers and times out of order.
  this.admitted_at := greatest(clock_timestamp(), last.admitted_at);
  -- By bytes, of which the number is stored: to count the characters of a long text takes as long as two statements.
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
      perform recto.refuse_window(new.account_id, rule, this.admitted_at, this.tokens);
    end if;
    if n < 5 then
      windows := windows || format(',{"name":"%s","limit":%s,"window_seconds":%s,"remaining":%s,"reset":%s}', names[n], limits[n],
        this.window_seconds[n], limits[n] - used,
        ceil(date_part('epoch', this.oldest_ats[n] - this.admitted_at)) + this.window_seconds[n]);
    end if;
  end loop;

  select p.waiting_since, p.measured_at, s.max_queue_seconds, s.monthly_budget_usd as budget,
      mine.spent_usd as own_spent, mine.exhausted -> new.model as own_unfit
    into terms
    from recto.pulse p cross join recto.settings s
    left join recto.spending mine on mine.account_id = new.account_id and mine.month = date_trunc('month', now() at time zone 'UTC');
  if coalesce(terms.own_spent, 0) >= rule.monthly_budget_usd or (terms.own_unfit is not null
    and (terms.own_unfit ->> 'budget')::numeric >= rule.monthly_budget_usd
    and (terms.own_unfit ->> 'bytes')::integer <= octet_length(new.source_text)) then
    perform recto.refuse_money('account', rule.monthly_budget_usd, terms.own_spent);
  end if;
  if terms.budget is not null then
    perform recto.refuse_money('deployment', terms.budget, null)
      from (select) here left join recto.spending e on e.account_id = recto.deployment() and e.month = recto.month_of(now())
      where coalesce(e.spent_usd, 0) >= terms.budget or ((e.exhausted -> new.model ->> 'budget')::numeric >= terms.budget
        and (e.exhausted -> new.model ->> 'bytes')::integer <= octet_length(new.source_text));
  end if;
  -- Without a worker nobody measures, as one does every 25 s: then the job is looked at that one would take first.
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

  -- Counted here and not by who inserts, for whom row level security would look for the teams that share with them, each time.
  select count(*), count(*) filter (where g.account_id = new.account_id) into in_flight, live
    from public.ai_generations g where g.user_id = new.user_id and g.finished_at is null and not g.waiting;
  if rule.concurrent is not null then
    if new.account_id <> new.user_id then
      select count(*) into live from public.ai_generations g
        where g.account_id = new.account_id and g.finished_at is null and not g.waiting;
    end if;
    -- A place that has just become free is for one of those who wait.
    new.waiting := live >= rule.concurrent or exists (
      select from public.ai_generations g where g.account_id = new.account_id and g.waiting and g.finished_at is null
    );
  end if;
  perform set_config('recto.admission', format('{"windows":[%s],"waiting":%s,"priority":%s,"in_flight":%s}',
    substr(windows, 2), new.waiting::text, rule.priority, in_flight), true);
  return new;
end
$$;
