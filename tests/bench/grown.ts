import type pg from 'pg'
import { addPeople, text, unguarded } from './backlog.ts'

const generations = (count: number, people: number) => ({
  text: `insert into public.ai_generations (user_id, account_id, source_text, status, attempts, created_at, finished_at)
    select id, id, $2, 'succeeded', 1, now() - n * interval '1 second', now()
    from generate_series(1, $1::integer) n,
      lateral (select ('00000000-0000-4000-8000-' || lpad((1 + n % $3::integer)::text, 12, '0'))::uuid as id) person`,
  // As short as a text may be: what grows is the number of rows.
  values: [count, text.slice(0, 1_000), people],
})

const suggestions = {
  text: `insert into public.ai_suggestions
      (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
    select id, user_id, n, 'Front', 'Back', 'This', 0, 4, md5(id::text || n)
    from public.ai_generations, generate_series(1, 2) n`,
}

/** Fills a database with `count` finished generations with two suggestions each, spread evenly over so many people. */
export const grow = async (admin: pg.Pool, count: number, people: number): Promise<void> => {
  await addPeople(admin, people)
  await unguarded(admin, async (tx) => {
    await tx.query(generations(count, people))
    await tx.query(suggestions)
  })
  await admin.query('vacuum analyze')
}
