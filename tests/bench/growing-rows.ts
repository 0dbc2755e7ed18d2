// Statements that fill every table that grows, as its rows are after their life: a generation and its call were written
// three times and twice. `$1` is how many generations, `$2` a text to cut inputs from.

/** As ids of people, of whom each has twenty generations. */
const person = (n: string) => `('00000000-0000-4000-8000-' || lpad((1 + ${n} / 20)::text, 12, '0'))::uuid`
const day = (n: string) => `timestamptz '2026-01-01' + ${n} * interval '41 seconds'`

/** A part of the text: from 1,000 to 10,000 characters, most of them short, 3,250 on average. */
const cut = `substr($2, 1 + (random() * (length($2) - 10001))::integer, 1000 + (9000 * power(random(), 3))::integer)`

/** From `$3` on. */
export const pending = `insert into public.ai_generations
    (user_id, account_id, source_text, idempotency_key, request_digest, request_id, trace_id, traceparent, created_at, updated_at)
  select ${person('n')}, ${person('n')}, ${cut}, gen_random_uuid()::text, sha256(n::text::bytea), gen_random_uuid()::text,
    md5(n::text), '00-' || md5(n::text) || '-00f067aa0ba902b7-01', ${day('n')}, ${day('n')}
  from generate_series($3::integer, $3::integer + $1::integer - 1) n`

export const running = `update public.ai_generations set status = 'running', attempts = 1, started_at = created_at + interval '1 second',
    delivered_at = created_at, updated_at = created_at + interval '1 second' where status = 'pending'`

export const called = `insert into public.ai_calls
    (generation_id, user_id, account_id, attempt, provider, region, data_residency, model, key_fingerprint, reserved_usd, started_at)
  select id, user_id, account_id, 1, 'openrouter', 'us', 'any', 'openai/gpt-4o-mini-2024-07-18', '0123456789ab', 0.0031245,
    started_at from public.ai_generations where status = 'running'`

export const answered = `update public.ai_calls set outcome = 'ok', http_status = 200, finished_at = started_at + interval '2 seconds',
    tokens_input = 1400, tokens_output = 640, tokens_cached = 0, tokens_reasoning = 0, cost_usd = 0.00059415, cost_source = 'provider',
    model_served = model, provider_request_id = 'gen-' || substr(md5(id::text), 1, 24), estimated_usd = 0.0006, latency_ms = 2034,
    first_token_ms = 412 where outcome is null`

export const succeeded = `update public.ai_generations set status = 'succeeded', finished_at = started_at + interval '3 seconds',
    tokens_input = 1400, tokens_output = 640, cost_usd = 0.00059415, suggestions_count = 8, updated_at = started_at + interval '3 seconds',
    ai_metadata = '{"model": "openai/gpt-4o-mini", "provider": "openrouter", "region": "us", "prompt_version": "flashcards@1",
      "duration_ms": 2810, "calls": 1, "dropped": {"ungrounded": 1}, "language": "en"}' where status = 'running'`

/** What a generation leaves: eight suggestions, of which two become cards that are reviewed four times each. */
export const results = [
  `insert into public.ai_suggestions (generation_id, user_id, account_id, position, front, back, source_quote, quote_start, quote_end,
      fingerprint, status, reviewed_at, created_at, written_at)
    select g.id, g.user_id, g.account_id, n, substr(g.source_text, 1 + n * 11, 60), substr(g.source_text, 5 + n * 13, 45),
      substr(g.source_text, 1 + n * 40, 90), n * 40, n * 40 + 90, encode(sha256((g.id::text || n)::bytea), 'hex'),
      case when n <= 2 then 'accepted' when n <= 4 then 'rejected' else 'proposed' end,
      case when n <= 4 then g.finished_at + interval '1 hour' end, g.finished_at, g.created_at
    from public.ai_generations g, generate_series(1, 8) n`,
  `insert into public.cards (user_id, suggestion_id, front, back, origin, source_quote, tags, created_at, updated_at)
    select user_id, id, front, back, 'ai', source_quote, '{biology,chapter-3}', reviewed_at, reviewed_at
    from public.ai_suggestions where status = 'accepted' order by created_at`,
  `insert into public.card_schedules (card_id, user_id, state, due, stability, difficulty, reps, scheduled_days, last_reviewed_at)
    select id, user_id, 'review', created_at + interval '36 days', 12.5, 5.3145, 4, 24, created_at + interval '12 days' from public.cards`,
  `insert into public.card_reviews
    select user_id, gen_random_uuid(), id, n, 'good', created_at + n * interval '3 days', 'review', created_at + n * interval '9 days',
      3.1262 * n, 5.3145, 0, 6 * n, 0 from public.cards, generate_series(1, 4) n order by created_at + n * interval '3 days'`,
  `insert into public.ai_findings (generation_id, user_id, account_id, position, path, start_line, end_line, quote, category, level, title,
      message, fingerprint, created_at, written_at)
    select g.id, g.user_id, g.account_id, n, 'src/http/server.ts', 10 * n, 10 * n, replace(substr(g.source_text, n * 7, 70), E'\\n', ' '),
      'bug', 'warning', substr(g.source_text, n * 3, 60), substr(g.source_text, n * 5, 240),
      encode(sha256((g.id::text || n)::bytea), 'hex'), g.finished_at, g.created_at
    from public.ai_generations g, generate_series(1, 2) n`,
  `insert into recto.admissions (account_id, seq, admitted_at, tokens, tokens_total, windows)
    select account_id, row_number() over (partition by account_id order by created_at), created_at, 3083, 3083,
      array[('generations', 'generations', 5, 300, 2, created_at, 7), ('sustained', 'generations', null, 3000, null, null, null),
        ('day', 'generations', 100, 86400, 4, created_at, 5), ('month', 'generations', 1000, 2592000, 9, created_at, 0),
        ('tokens', 'tokens', null, 3600, null, null, null)]::recto.rate_limit_window[] from public.ai_generations`,
  `insert into recto.result_cache select account_id, encode(sha256(id::text::bytea), 'hex'), id,
    jsonb_build_object('cards', (select jsonb_agg(jsonb_build_object('front', s.front, 'back', s.back, 'source_quote', s.source_quote))
      from public.ai_suggestions s where s.generation_id = g.id)), finished_at + interval '7 days' from public.ai_generations g`,
  `insert into public.webhook_deliveries (endpoint_id, account_id, user_id, webhook_id, type, data, status, attempts, tries, due_at,
      created_at, finished_at)
    select md5(account_id::text)::uuid, account_id, user_id, 'msg_' || replace(id::text, '-', ''), 'generation.succeeded',
      jsonb_build_object('generation_id', id, 'account_id', account_id, 'user_id', user_id, 'kind', kind, 'status', status,
        'suggestions_count', 8, 'cost_usd', '0.00059415', 'tokens_input', 1400, 'tokens_output', 640, 'created_at', created_at,
        'finished_at', finished_at), 'succeeded', 1, 1, null, finished_at, finished_at + interval '1 second'
    from public.ai_generations`,
  `insert into public.webhook_attempts select id, 1, account_id, created_at, 200, null, 83, '{"ok":true}', null from public.webhook_deliveries`,
  `insert into recto.usage_daily (day, account_id, user_id, model, kind, generations, succeeded, suggestions, accepted, rejected, waits,
      calls, tokens_input, tokens_output, cost_usd, latencies)
    select created_at::date, account_id, user_id, 'openai/gpt-4o-mini', 'flashcards', count(*), count(*), 8 * count(*), 2 * count(*),
      2 * count(*), array_agg(3000), count(*), 1400 * count(*), 640 * count(*), sum(cost_usd), array_agg(2034)
    from public.ai_generations group by 1, 2, 3`,
  `insert into recto.acceptance_daily
    select g.created_at::date, g.account_id, g.user_id, g.kind, g.prompt_version, 'openai/gpt-4o-mini', 'en', '{}', s.status, false, null,
      count(*) from public.ai_generations g join public.ai_suggestions s on s.generation_id = g.id group by 1, 2, 3, 4, 5, s.status`,
  `insert into recto.audit_log (actor, action, subject, account_id, after)
    select user_id::text, 'insert', 'public.accounts', account_id, jsonb_build_object('id', account_id, 'kind', 'personal', 'plan', 'free',
      'name', null, 'created_by', user_id, 'created_at', created_at) from public.ai_generations`,
  `insert into recto.spending select distinct account_id, date '2026-01-01', 0.0118::numeric, 0::numeric from public.ai_generations`,
  `insert into pgboss.job_common (id, name, data, created_on, state)
    select id, 'generation', jsonb_build_object('generation_id', id), created_at, 'created' from public.ai_generations`,
]

/** The tables that are filled. */
export const growing = [
  'public.ai_generations',
  'public.ai_suggestions',
  'public.ai_findings',
  'public.ai_calls',
  'public.cards',
  'public.card_schedules',
  'public.card_reviews',
  'public.webhook_deliveries',
  'public.webhook_attempts',
  'recto.admissions',
  'recto.result_cache',
  'recto.usage_daily',
  'recto.acceptance_daily',
  'recto.audit_log',
  'recto.spending',
  'pgboss.job_common',
] as const
