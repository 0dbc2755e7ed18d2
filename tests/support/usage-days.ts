import type pg from 'pg'
import { newText } from './text.ts'

/** The day (YYYY-MM-DD in UTC) that was the given number of days ago. */
export const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

const statuses = `(array['succeeded', 'failed', 'cancelled', 'succeeded', 'pending'])[1 + n % 5]`

/** A pending one has changed so late that no worker takes it for one whose job was lost, and runs it. */
const generations = `insert into public.ai_generations (user_id, account_id, source_text, model, status, attempts, error, created_at, started_at, updated_at, finished_at)
    select $1, $2, $4, 'balanced', status, 1, case status when 'failed' then '{"code": "timeout", "provider": "lab"}'::jsonb end,
      at, at, case status when 'pending' then now() + interval '1 day' else at end,
      case when status <> 'pending' then at + n * interval '37.7 ms' end
    from generate_series(1, $5::integer) n, lateral (select ${statuses} as status, $3::date::timestamp at time zone 'UTC' + n * interval '1 s' as at) g
    returning id`

const calls = `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, outcome, tokens_input, tokens_output,
    cost_usd, latency_ms, started_at, finished_at)
  select g.id, g.user_id, g.account_id, n, 'lab', 'lab/model-' || n, case when status = 'failed' then 'timeout' else 'ok' end,
    100 + n, case when status <> 'failed' then 7 end, 0.000000000123456789 * (n + extract(second from g.created_at)::integer),
    (10 * extract(second from g.created_at)::integer + n), g.created_at, g.created_at
  from public.ai_generations g, generate_series(1, 2) n where g.id = any ($1::uuid[])`

const suggestions = `insert into public.ai_suggestions
    (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint, status, edited)
  select g.id, g.user_id, n, 'Front', 'Back', 'This', 0, 4, md5(g.id::text || n), (array['proposed', 'accepted', 'rejected', 'accepted'])[n], n = 2
  from public.ai_generations g, generate_series(1, 4) n where g.id = any ($1::uuid[]) and g.status = 'succeeded'`

/** A call of a connection check, and a call that has not ended. */
const otherCalls = `insert into public.ai_calls (user_id, account_id, attempt, provider, model, purpose, kind, outcome, tokens_input, cost_usd, reserved_usd, latency_ms, started_at, finished_at)
  select $1, $2, 1, 'lab', 'lab/model-1', purpose, kind, outcome, 5, cost, 0.5, latency, at, case when outcome is not null then at end
  from (values ('connection_check', 'connection_check', 'ok', 0.00000042, 1234), ('generation', 'flashcards', null, null, null)) as c (purpose, kind, outcome, cost, latency),
    lateral (select $3::date::timestamp at time zone 'UTC' + interval '1 s' as at) t`

/**
 * Adds `count` generations of all statuses with calls and suggestions to a day of a person in an account. Triggers are
 * off. Returns the ids of the generations.
 */
export const seedDay = async (
  admin: pg.Pool,
  { person, account = person, day, count }: { person: string; account?: string; day: string; count: number },
): Promise<string[]> => {
  const client = await admin.connect()
  try {
    await client.query('begin')
    await client.query("set local session_replication_role = 'replica'")
    const { rows } = await client.query<{ id: string }>(generations, [person, account, day, newText(), count])
    const ids = rows.map(({ id }) => id)
    await client.query(calls, [ids])
    await client.query(suggestions, [ids])
    await client.query(otherCalls, [person, account, day])
    await client.query('commit')
    return ids
  } finally {
    client.release()
  }
}
