import type pg from 'pg'
import { addPeople, personId, text, unguarded } from './backlog.ts'

// As short as a text may be: what grows is the number of rows.
const short = text.slice(0, 1_000)

/** One in twenty failed and none is live, so that a list by status would have to look far. */
const generations = `insert into public.ai_generations
    (user_id, account_id, source_text, status, error, attempts, created_at, finished_at)
  select id, id, $2, case when n % 20 = 7 then 'failed' else 'succeeded' end,
    case when n % 20 = 7 then '{"code": "timeout", "message": "", "retryable": true, "attempts": 1, "provider": null,
      "http_status": null, "provider_request_id": null, "response_excerpt": null, "timing": {}}'::jsonb end,
    1, now() - n * interval '1 second', now()
  from generate_series(1, $1::integer) n, lateral (select $3::uuid as id) person`

const ofMany = {
  text: generations.replace(
    '$3::uuid',
    `('00000000-0000-4000-8000-' || lpad((2 + n / $3::integer)::text, 12, '0'))::uuid`,
  ),
}

const suggestions = `insert into public.ai_suggestions
    (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
  select id, user_id, n, 'Front', 'Back', 'This', 0, 4, md5(id::text || n)
  from public.ai_generations, generate_series(1, 2) n where status = 'succeeded'`

/** Who has half of all generations; everybody else has `each` of them. */
export const hoarder = personId(1)
export const each = 20

/** Fills a database with `count` finished generations: half are one person's, half are spread over many. */
export const grow = async (admin: pg.Pool, count: number): Promise<void> => {
  const half = count / 2
  await addPeople(admin, 2 + half / each)
  await unguarded(admin, async (tx) => {
    await tx.query({ text: generations, values: [half, short, hoarder] })
    await tx.query({ ...ofMany, values: [half, short, each] })
    await tx.query(suggestions)
  })
  await admin.query('vacuum analyze')
}
