import { setTimeout as delay } from 'node:timers/promises'
import { bossOn } from '@recto/shared/boss-on'
import { channels, generationQueue, type JobData, queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { newText } from '../support/text.ts'

/** The text of every generation of the benchmarks. It proves the cards of `answer`. */
export const text = newText({ marker: 'bench' })

/** An answer of a model to `text`: five cards that pass the gate. */
export const answer = JSON.stringify({
  cards: [
    ['Who built the lighthouse of Point 1?', 'Clara Whitfield', 'was built in 1847 by the engineer Clara Whitfield'],
    [
      'How much rapeseed oil did the lamp of Point 1 burn in a winter night?',
      '12 litres',
      'burned 12 litres of rapeseed oil',
    ],
    [
      'How many sailors were rescued from the brig Northern Star?',
      '31',
      'rescued 31 sailors from the brig Northern Star',
    ],
    ['How high is the tower of the lighthouse at Point 1?', '42 metres', 'The tower is 42 metres high'],
    [
      'When did electric light replace the oil lamp?',
      'On the third of May 1921',
      'replaced the oil lamp on the third of May 1921',
    ],
  ].map(([front, back, source_quote]) => ({ front, back, source_quote })),
})

/** Adds `count` people in one statement. The id of the nth person is `personId(n)`. */
export const addPeople = async (admin: pg.Pool, count: number): Promise<void> => {
  await admin.query(
    `insert into auth.users (id, aud, role, email)
     select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'authenticated', 'authenticated', 'bench' || n || '@recto.test'
     from generate_series(1, $1::integer) n on conflict do nothing`,
    [count],
  )
}

export const personId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Runs statements as the superuser without triggers and foreign keys, to insert many rows quickly. */
export const withoutTriggers = async (
  admin: pg.Pool,
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> => {
  const client = await admin.connect()
  try {
    await client.query("begin; set local session_replication_role = 'replica'")
    await work(client)
    await client.query('commit')
  } finally {
    client.release(true)
  }
}

const pending = (count: number, people: number) => ({
  text: `insert into public.ai_generations (user_id, account_id, source_text)
    select id, id, $2 from generate_series(1, $1::integer) n,
      lateral (select ('00000000-0000-4000-8000-' || lpad((1 + n % $3::integer)::text, 12, '0'))::uuid as id) person
    returning id as generation_id`,
  values: [count, text, people],
})

/** pg-boss as a sender of jobs, without loops. */
export const bossOver = (pool: pg.Pool): PgBoss =>
  new PgBoss({ db: bossOn(pool), schema: queueSchema, migrate: false, supervise: false, schedule: false })

/** Adds the jobs of generations in one statement, and notifies the workers. */
export const addJobs = (admin: pg.Pool) => {
  const boss = bossOver(admin)
  return async (ids: readonly string[]): Promise<void> => {
    const jobs = ids.map((id) => ({ id, data: { generation_id: id } satisfies JobData }))
    await boss.insert(generationQueue, jobs)
    await admin.query('select pg_notify($1, $2)', [channels.jobs, ''])
  }
}

/** Adds `count` pending generations of so many people and then their jobs, as `add` does it. */
export const enqueue = async (
  admin: pg.Pool,
  count: number,
  add: (ids: readonly string[]) => Promise<unknown> = addJobs(admin),
  people = 50,
): Promise<void> => {
  await addPeople(admin, people)
  const ids: string[] = []
  await withoutTriggers(admin, async (tx) => {
    const { rows } = await tx.query<JobData>(pending(count, people))
    ids.push(...rows.map((row) => row.generation_id))
  })
  await add(ids)
}

const historyLength = 2_000

/** Statements that add ended generations with all their rows, because an empty database would be unrealistic. */
const history = (people: number) => [
  {
    text: `insert into public.ai_generations (user_id, account_id, source_text, status, attempts, suggestions_count, created_at, finished_at)
      select id, id, $2, 'succeeded', 1, 5, now() - interval '1 hour' - n * interval '1 second', now() - interval '1 hour'
      from generate_series(1, $1::integer) n,
        lateral (select ('00000000-0000-4000-8000-' || lpad((1 + n % $3::integer)::text, 12, '0'))::uuid as id) person`,
    values: [historyLength, text, people],
  },
  {
    text: `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, outcome, finished_at)
      select id, user_id, user_id, 1, 'openrouter', 'bench', 'ok', now() from public.ai_generations`,
  },
  {
    text: `insert into public.ai_suggestions
        (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
      select id, user_id, n, 'Front', 'Back', 'This', 0, 4, md5(id::text || n) from public.ai_generations, generate_series(1, 5) n`,
  },
  {
    text: `insert into ${queueSchema}.job_common (id, name, state, completed_on)
      select id, $1, 'completed', now() from public.ai_generations`,
    values: [generationQueue],
  },
]

/** Resets the database to people, queues and a history, with fresh statistics as after an autovacuum. */
export const resetBacklog = async (admin: pg.Pool): Promise<void> => {
  await admin.query(
    `truncate public.ai_generations, public.ai_calls cascade; truncate recto.admissions; truncate ${queueSchema}.job_common`,
  )
  await withoutTriggers(admin, async (tx) => {
    for (const statement of history(50)) await tx.query(statement)
  })
  await admin.query('vacuum analyze')
}

export type Drained = { finished: number; rate: number }

/** Between two looks at a backlog: each of them is a commit, which is counted with those of the measured system. */
const LOOK_MS = 500

/**
 * Waits until no generation is live or `longestMs` have passed. Returns how many have succeeded since `since`, and how many
 * per second from the first claim to the last end, by the clock of the database.
 */
export const waitUntilDrained = async (admin: pg.Pool, since: string, longestMs: number): Promise<Drained> => {
  const deadline = performance.now() + longestMs
  const live = async () => {
    const { rowCount } = await admin.query(`select from public.ai_generations where finished_at is null limit 1`)
    return rowCount === 1
  }
  while (performance.now() < deadline && (await live())) await delay(LOOK_MS)
  const { rows } = await admin.query<Drained>(
    `select count(*)::integer as finished,
      coalesce(count(*) / nullif(extract(epoch from max(finished_at) - min(started_at)), 0), 0)::float8 as rate
     from public.ai_generations where status = 'succeeded' and finished_at >= $1`,
    [since],
  )
  return rows[0] ?? { finished: 0, rate: 0 }
}

/** Generations per second after the first `skip` of a fresh database have ended, by the clock of the database. */
export const steadyRate = async (admin: pg.Pool, skip: number): Promise<number> => {
  const { rows } = await admin.query<{ rate: number }>(
    `select (count(*) / extract(epoch from max(finished_at) - min(finished_at)))::float8 as rate
     from (select finished_at from public.ai_generations
       where status = 'succeeded' and created_at > now() - interval '30 minutes' order by finished_at offset $1) later`,
    [skip],
  )
  return rows[0]?.rate ?? 0
}

export const databaseNow = async (admin: pg.Pool): Promise<string> => {
  const { rows } = await admin.query<{ now: string }>('select clock_timestamp()::text as now')
  return rows[0]?.now ?? ''
}
