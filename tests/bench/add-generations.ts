import type pg from 'pg'
import { addPeople, personId, text, withoutTriggers } from './backlog.ts'

// The shortest text that is allowed, because only the number of rows matters.
const short = text.slice(0, 1_000)

/** One generation of twenty failed and none is live, so that a list by status is rare among many rows. */
const generations = `insert into public.ai_generations
    (user_id, account_id, source_text, status, error, attempts, suggestions_count, created_at, finished_at)
  select id, id, $2, case when n % 20 = 7 then 'failed' else 'succeeded' end,
    case when n % 20 = 7 then '{"code": "timeout", "message": "", "retryable": true, "attempts": 1, "provider": null,
      "http_status": null, "provider_request_id": null, "response_excerpt": null, "timing": {}}'::jsonb end,
    1, case when n % 20 = 7 then 0 else 2 end, now() - n * interval '1 second', now()
  from generate_series(1, $1::integer) n, lateral (select $3::uuid as id) person`

const ofManyPeople = {
  text: generations.replace(
    '$3::uuid',
    `('00000000-0000-4000-8000-' || lpad((2 + n / $3::integer)::text, 12, '0'))::uuid`,
  ),
}

const suggestions = `insert into public.ai_suggestions
    (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
  select id, user_id, n, 'Front', 'Back', 'This', 0, 4, md5(id::text || n)
  from public.ai_generations, generate_series(1, 2) n where status = 'succeeded'`

/** The person who has half of all generations. Every other person has `generationsPerPerson`. */
export const heavyUser = personId(1)
export const generationsPerPerson = 20

/** Adds `count` finished generations: half belong to one person, half to many people. */
export const addGenerations = async (admin: pg.Pool, count: number): Promise<void> => {
  const half = count / 2
  await addPeople(admin, 2 + half / generationsPerPerson)
  await withoutTriggers(admin, async (tx) => {
    await tx.query({ text: generations, values: [half, short, heavyUser] })
    await tx.query({ ...ofManyPeople, values: [half, short, generationsPerPerson] })
    await tx.query(suggestions)
  })
  await admin.query('vacuum analyze')
}
