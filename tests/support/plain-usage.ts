import type pg from 'pg'

export type PlainUsage = Record<string, unknown>

/** Plain SQL as an operator would write it. GET /api/ai/usage has to agree with it while no row was deleted. */
const statement = `with g as (
    select * from public.ai_generations
    where account_id = $1 and (created_at at time zone 'UTC')::date between $2 and $3 and ($4::uuid is null or user_id = $4)
  ), s as (
    select s.* from public.ai_suggestions s join g on g.id = s.generation_id
  ), c as (
    select * from public.ai_calls
    where account_id = $1 and (started_at at time zone 'UTC')::date between $2 and $3 and ($4::uuid is null or user_id = $4)
  )
  select jsonb_build_object(
    'people', (select count(distinct user_id) from (select user_id from g union all select user_id from c) u),
    'generations', (select count(*) from g),
    'succeeded', (select count(*) from g where status = 'succeeded'),
    'failed', (select count(*) from g where status = 'failed'),
    'cancelled', (select count(*) from g where status = 'cancelled'),
    'cached', (select count(*) from g where ai_metadata ->> 'cached' = 'true'),
    'suggestions', (select count(*) from s),
    'accepted', (select count(*) from s where status = 'accepted'),
    'rejected', (select count(*) from s where status = 'rejected'),
    'edited', (select count(*) from s where edited),
    'acceptance_rate', (select round(count(*) filter (where status = 'accepted')::numeric / count(*), 4) from s where status <> 'proposed' having count(*) > 0),
    'calls', (select count(*) from c),
    'tokens_input', (select coalesce(sum(tokens_input), 0) from c),
    'tokens_output', (select coalesce(sum(tokens_output), 0) from c),
    'cost_usd', (select trim_scale(coalesce(sum(cost_usd), 0))::text from c),
    'saved_usd', (
      select trim_scale(coalesce(sum(o.cost_usd), 0))::text from g join public.ai_calls o on o.generation_id = (g.ai_metadata ->> 'cached_from')::uuid
    ),
    'latency_p50_ms', (select round(percentile_cont(0.5) within group (order by latency_ms)) from c),
    'latency_p95_ms', (select round(percentile_cont(0.95) within group (order by latency_ms)) from c),
    'wait_p50_ms', (select round(percentile_cont(0.5) within group (order by round(extract(epoch from finished_at - created_at) * 1000)::int)) from g where status = 'succeeded'),
    'wait_p95_ms', (select round(percentile_cont(0.95) within group (order by round(extract(epoch from finished_at - created_at) * 1000)::int)) from g where status = 'succeeded')
  ) as plain`

/** The usage of an account from a day to a day (YYYY-MM-DD in UTC, both included), of all people or of one. */
export const plainUsage = async (
  admin: pg.Pool,
  account: string,
  from: string,
  to: string,
  person: string | null = null,
): Promise<PlainUsage> => {
  const { rows } = await admin.query<{ plain: PlainUsage }>(statement, [account, from, to, person])
  return rows[0]?.plain ?? {}
}
