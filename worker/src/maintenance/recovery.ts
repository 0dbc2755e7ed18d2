import { deploymentAccount } from '@recto/shared/account-id'
import { inTransaction, type Tx } from '@recto/shared/database'
import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import { bossOn } from '@recto/shared/jobs'
import { deadQueue, generationQueue, type JobData, priorityOf } from '@recto/shared/queue'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { callTotals } from '../calls/totals.ts'
import { LONGEST_DELAY_MS, QUEUE_HEALTH_MS, STALE_AFTER_MS, TOUCH_MS } from '../deadlines.ts'
import type { Jobs } from '../queue/jobs.ts'

/** A larger batch would hold its locks too long. */
const mostAtOnce = 200

/**
 * Reads what there is to recover, in one statement, so that an idle database has little work. While another worker
 * recovers, there is nothing to do (`mine` is false). The statement also measures the queue; submissions are denied
 * when the oldest job that could run has waited too long.
 */
const recoverStatement = (runSeconds: number | null) => ({
  name: 'recover',
  text: `with lock as materialized (select pg_try_advisory_xact_lock(hashtextextended('recto.recover', 0)) as mine),
    queue as materialized (
      select min(greatest(created_on, start_after)) as waiting_since from pgboss.job
      where (select mine from lock) and name = $1 and state < 'active' and not blocked and start_after <= now()
    ),
    measured as (
      update recto.queue_health p set waiting_since = q.waiting_since, run_seconds = coalesce($2::numeric, p.run_seconds),
        measured_at = clock_timestamp()
      from queue q
      where (select mine from lock) and (p.waiting_since is distinct from q.waiting_since
        or p.measured_at < clock_timestamp() - make_interval(secs => $3::float8 / 1000))
    )
    select mine,
      case when mine then array(
        select distinct account_id from public.ai_generations where waiting and finished_at is null
      ) else '{}' end as accounts,
      mine and exists (select from public.budget_alerts where enqueued_at is null) as alerted
    from lock`,
  values: [generationQueue, runSeconds, QUEUE_HEALTH_MS],
})

type RecoveryState = { mine: boolean; accounts: string[]; alerted: boolean }

export type StaleJob = { id: string; retryCount: number }

const staleJobs = (staleMs: number) => ({
  name: 'stale_jobs',
  text: `select id, retry_count as "retryCount" from pgboss.job
    where name = $1 and state = 'active' and heartbeat_on < now() - make_interval(secs => $2::float8 / 1000) limit $3`,
  values: [generationQueue, staleMs, mostAtOnce],
})

/**
 * Live generations without a job: inserted through PostgREST, or their job was lost. The lock lets only one worker
 * recover each.
 */
const orphans = (graceMs: number) => ({
  name: 'orphans',
  text: `select g.id, (
      select count(*)::integer from public.ai_generations other
      where other.user_id = g.user_id and other.finished_at is null and not other.waiting
        and (other.created_at, other.id) < (g.created_at, g.id)
    ) as in_flight, (recto.effective_plan(g.account_id)).priority as priority
    from public.ai_generations g
    where g.finished_at is null and not g.waiting and g.updated_at < now() - make_interval(secs => $2::float8 / 1000)
      and not exists (
        select from pgboss.job j
        where j.name = $1 and j.id = g.id and j.state in ('created', 'retry', 'active')
      )
      and not exists (
        select from pgboss.job d
        where d.name = $4 and d.source_id = g.id and d.state in ('created', 'retry', 'active')
      )
    order by g.created_at limit $3
    for update of g skip locked`,
  values: [generationQueue, graceMs, mostAtOnce, deadQueue],
})

/** A statement sums the calls that it saw when it began. The lock makes settlement wait until its end. */
const lockGenerations = (ids: string[]) => ({
  name: 'fail_dead_lock',
  text: 'select from public.ai_generations where id = any ($1::uuid[]) order by id for no key update',
  values: [ids],
})

const failDead = (ids: string[], code: GenerationErrorCode) => ({
  name: 'fail_dead',
  text: `update public.ai_generations set status = 'failed', finished_at = clock_timestamp(),
      (tokens_input, tokens_output, cost_usd) = (
        select ${callTotals('c')} from public.ai_calls c where c.generation_id = ai_generations.id
      ),
      error = jsonb_build_object('code', $2::text, 'message', $3::text, 'retryable', $4::boolean, 'attempts', attempts,
        'provider', null, 'http_status', null, 'provider_request_id', null, 'response_excerpt', null, 'timing', '{}'::jsonb)
    where id = any ($1::uuid[]) and status in ('pending', 'running')
    returning id`,
  values: [ids, code, generationErrors[code].message, generationErrors[code].retryable],
})

/**
 * Settles the calls of workers that count as dead; one that is alive still writes its cost later. A dead worker started
 * no calls after the heartbeat that is missing, so younger calls belong to the new worker.
 */
const settleCalls = (jobs: StaleJob[]) => ({
  name: 'settle_calls_of_stale',
  text: `update public.ai_calls set settle_after = now()
    where generation_id = any ($1::uuid[]) and outcome is null and started_at < now() - make_interval(secs => $2::float8 / 1000)`,
  values: [jobs.map(({ id }) => id), STALE_AFTER_MS - TOUCH_MS],
})

/**
 * Reschedules jobs that were deferred to the next month, after a budget was raised. No other delay is as long. Without
 * a raised budget no job is read.
 */
const unblockStatement = {
  name: 'unblock_models',
  text: `with reopened as materialized (select account from recto.unblock_models() as account)
    update pgboss.job j set start_after = now()
    where (select count(*) from reopened) > 0
      and j.name = $1 and j.state in ('created', 'retry') and j.start_after > now() + make_interval(secs => $2::float8 / 1000)
      and exists (
        select from public.ai_generations g join reopened r on g.account_id = r.account or r.account = '${deploymentAccount}'
        where g.id = j.id and g.finished_at is null
      )`,
  values: [generationQueue, LONGEST_DELAY_MS],
}

export type Recovered = {
  /** Generations that failed because their job ended in the dead-letter queue. */
  failed: string[]
  /** The number of live generations that got a new job. */
  requeued: number
  /** Live generations for which no job could be added. */
  notQueued: { id: string; error: unknown }[]
  /** Accounts with waiting generations. */
  accounts: string[]
  /** Whether there are alerts to enqueue. */
  alerted: boolean
}

/** Recovers generations after a crash (promise 1). Safe to run in several workers at once. */
export const createRecovery = ({ pool, boss, jobs }: { pool: pg.Pool; boss: PgBoss; jobs: Jobs }) => {
  const settleDead = async (tx: Tx): Promise<string[]> => {
    const dead = await boss.fetch<JobData>(deadQueue, { batchSize: mostAtOnce, db: bossOn(tx) })
    if (dead.length === 0) return []
    const generations = dead.map(({ data }) => data.generation_id)
    await tx.query(lockGenerations(generations))
    const { rows } = await tx.query<{ id: string }>(failDead(generations, 'worker_lost'))
    const ids = dead.map(({ id }) => id)
    await boss.complete(deadQueue, ids, null, { db: bossOn(tx) })
    return rows.map(({ id }) => id)
  }

  const requeueOrphans = async (tx: Tx, graceMs: number): Promise<Pick<Recovered, 'requeued' | 'notQueued'>> => {
    const notQueued: Recovered['notQueued'] = []
    const { rows } = await tx.query<{ id: string; in_flight: number; priority: number }>(orphans(graceMs))
    if (rows.length === 0) return { requeued: 0, notQueued }
    await tx.query({
      name: 'orphans_pending',
      text: `update public.ai_generations set status = 'pending' where id = any ($1::uuid[]) and status = 'running'`,
      values: [rows.map(({ id }) => id)],
    })
    for (const { id, in_flight, priority } of rows) {
      try {
        await Promise.all([tx.query('savepoint orphan'), jobs.renew(tx, id, priorityOf(in_flight, priority))])
      } catch (error) {
        await tx.query('rollback to savepoint orphan')
        notQueued.push({ id, error })
      }
      await tx.query('release savepoint orphan')
    }
    return { requeued: rows.length - notQueued.length, notQueued }
  }

  return {
    /** Jobs whose last heartbeat is older than `staleMs`. */
    findStale: async (staleMs: number): Promise<StaleJob[]> => {
      const { rows } = await pool.query<StaleJob>(staleJobs(staleMs))
      return rows
    },

    /** Returns jobs to the queue, or moves them to the dead-letter queue when their tries are used up. */
    giveBack: async (jobs: StaleJob[]): Promise<void> => {
      await pool.query(settleCalls(jobs))
      await boss.fail(generationQueue, jobs, { code: 'worker_lost' satisfies GenerationErrorCode })
    },

    /**
     * Fails generations whose workers died each time, gives live ones without a job a new one, and measures the queue.
     * `graceMs`: how long a generation may be without a job. `runSeconds`: the recent duration of a run; null when
     * unknown.
     */
    recover: (graceMs: number, runSeconds: number | null): Promise<Recovered> =>
      inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<RecoveryState>(recoverStatement(runSeconds))
        const [state] = rows
        if (!state?.mine) return { failed: [], requeued: 0, notQueued: [], accounts: [], alerted: false }
        const { accounts, alerted } = state
        return { failed: await settleDead(tx), ...(await requeueOrphans(tx, graceMs)), accounts, alerted }
      }),

    /** Runs deferred jobs now whose budget was raised. Returns how many. */
    unblockModels: async (): Promise<number> => (await pool.query(unblockStatement)).rowCount ?? 0,

    /** Deletes admissions that no window counts any more. */
    pruneAdmissions: async (): Promise<void> => {
      await pool.query({ name: 'prune_expired', text: 'select recto.prune_expired()' })
    },
  }
}

export type Recovery = ReturnType<typeof createRecovery>
