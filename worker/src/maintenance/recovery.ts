import { bossOn } from '@recto/shared/boss-on'
import { rowsOf, type Tx } from '@recto/shared/database'
import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import { deadQueue, generationQueue, JobData, priorityOf } from '@recto/shared/queue'
import { enter, inTransaction, queryWithin, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { callTotals } from '../calls/totals.ts'
import type { Jobs } from '../queue/jobs.ts'
import { endBudgetWaits, resumeStatement } from './budget-waits.ts'
import { firstId, Inspection, inspectStatement } from './inspect.ts'

/** The most rows of one pass: more would hold their locks for too long. */
const mostAtOnce = 200

/** `deliveredAt` as in `Job`. */
const StaleJob = z.object({ id: z.string(), retryCount: z.int(), deliveredAt: z.string() })
export type StaleJob = z.infer<typeof StaleJob>

const staleJobs = (staleMs: number) => ({
  name: 'stale_jobs',
  text: `select id, retry_count as "retryCount", date_trunc('milliseconds', started_on) as "deliveredAt" from pgboss.job
    where name = $1 and state = 'active' and heartbeat_on < now() - make_interval(secs => $2::float8 / 1000) limit $3`,
  values: [generationQueue, staleMs, mostAtOnce],
})

type Window = { after: string; until: string | null }

/**
 * Live generations of a window that no job will ever run: they were inserted through PostgREST, or their job was lost.
 * The rows are locked, so that only one worker gives them a job.
 */
const orphans = (graceMs: number, { after, until }: Window) => ({
  name: 'orphans',
  text: `select g.id, (
      select count(*)::integer from public.ai_generations other
      where other.user_id = g.user_id and other.finished_at is null and not other.waiting
        and (other.created_at, other.id) < (g.created_at, g.id)
    ) as in_flight, (recto.effective_plan(g.account_id)).priority as priority
    from public.ai_generations g
    where g.finished_at is null and not g.waiting and g.id > $5 and ($6::uuid is null or g.id <= $6) and g.updated_at < now() - make_interval(secs => $2::float8 / 1000)
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
  values: [generationQueue, graceMs, mostAtOnce, deadQueue, after, until],
})

const Changed = z.object({ id: z.string() })

const Orphan = z.object({ id: z.string(), in_flight: z.int(), priority: z.int() })

/** Locks the rows before the next statement sums their calls: a settlement that comes meanwhile waits, and is not lost. */
const lockGenerations = (ids: string[]) => ({
  name: 'lock_generations',
  text: 'select from public.ai_generations where id = any ($1::uuid[]) order by id for no key update',
  values: [ids],
})

const failGenerations = (ids: string[], code: GenerationErrorCode) => ({
  name: 'fail_generations',
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
 * Makes the settlement of open calls due, of each generation those of its claims up to a delivery: the worker of a later one
 * lives. A worker that is alive after all still writes the cost of its calls later.
 */
const releaseCalls = (deliveries: Pick<StaleJob, 'id' | 'deliveredAt'>[]) => ({
  name: 'release_calls',
  text: `with open as materialized (
      select c.id from unnest($1::uuid[], $2::timestamptz[]) as d (id, delivered_at)
        join public.ai_generations g using (id) join public.ai_calls c on c.generation_id = g.id
      where c.outcome is null and (c.attempt < g.attempts or g.delivered_at <= d.delivered_at)
      order by c.id for no key update of c
    )
    update public.ai_calls c set settle_after = now() from open where c.id = open.id`,
  values: [deliveries.map(({ id }) => id), deliveries.map(({ deliveredAt }) => deliveredAt)],
})

export type Recovered = {
  /** Ids of generations that failed because their jobs had ended in the dead queue. */
  failed: string[]
  /** How many live generations without a job got one. */
  requeued: number
  /** Generations that got no job, with the reason. */
  notQueued: { id: string; error: unknown }[]
  /** Accounts with generations that wait for a place. */
  accounts: string[]
  /** Whether there are budget alerts that are not enqueued yet. */
  alerted: boolean
  /** Whether a budget blocks a model, so that jobs may wait for a larger one. */
  blocked: boolean
  /** Whether deliveries to webhooks are due, or have been in the queue for long. */
  webhooks: boolean
}

const nothingRecovered: Recovered = {
  failed: [],
  requeued: 0,
  notQueued: [],
  accounts: [],
  alerted: false,
  blocked: false,
  webhooks: false,
}

/** Recovery looks for the dead of all accounts at once. */
const scope: Scope = { across: 'recovery' }

/** Keeps promise 1 (docs/architecture.md) when processes die. Each function may run in many workers at once. */
export const createRecovery = ({ pool, boss, jobs }: { pool: pg.Pool; boss: PgBoss; jobs: Pick<Jobs, 'renew'> }) => {
  /** The last generation that the last pass of this worker looked at. The next pass goes on behind it. */
  let after = firstId

  const failDeadJobs = async (tx: Tx): Promise<string[]> => {
    const dead = await boss.fetch(deadQueue, { batchSize: mostAtOnce, db: bossOn(tx) })
    if (dead.length === 0) return []
    const generations = dead.flatMap(({ data }) => JobData.safeParse(data).data?.generation_id ?? [])
    await tx.query(lockGenerations(generations))
    const failed = rowsOf(await tx.query(failGenerations(generations, 'worker_lost')), Changed)
    const ids = dead.map(({ id }) => id)
    await boss.complete(deadQueue, ids, null, { db: bossOn(tx) })
    return failed.map(({ id }) => id)
  }

  const requeueOrphans = async (
    tx: Tx,
    graceMs: number,
    window: Window,
  ): Promise<Pick<Recovered, 'requeued' | 'notQueued'>> => {
    const notQueued: Recovered['notQueued'] = []
    const rows = rowsOf(await tx.query(orphans(graceMs, window)), Orphan)
    if (rows.length === 0) return { requeued: 0, notQueued }
    // Nobody runs them any more: what their last worker left open is over.
    await tx.query(releaseCalls(rows.map(({ id }) => ({ id, deliveredAt: 'infinity' }))))
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
    /** Active jobs without a heartbeat for `staleMs`: their worker is taken for dead. */
    findStaleJobs: async (staleMs: number): Promise<StaleJob[]> =>
      rowsOf(await pool.query(staleJobs(staleMs)), StaleJob),

    /**
     * Returns jobs to the queue, which uses up one try of each, or moves them to the dead queue after their last try.
     * pg-boss compares `retryCount`, so of two workers that find the same job one returns it. A worker that dies between
     * the two statements leaves the job stale, and both are repeated.
     */
    returnStaleJobs: async (jobs: StaleJob[]): Promise<void> => {
      await queryWithin(pool, scope, releaseCalls(jobs))
      await boss.fail(generationQueue, jobs, { code: 'worker_lost' satisfies GenerationErrorCode })
    },

    /**
     * Fails generations whose jobs are in the dead queue, gives live generations without a job a new one (in one of
     * several passes, when there are many live ones), and measures the queue. Does nothing while another worker does
     * it. `graceMs`: how old a generation without a job must be. `runSeconds`: the recent duration of a run in seconds,
     * null when this worker has none.
     */
    recoverGenerations: async (graceMs: number, runSeconds: number | null): Promise<Recovered> => {
      const { next, recovered } = await inTransaction(pool, enter(scope), async (tx) => {
        const [inspection] = rowsOf(await tx.query(inspectStatement(runSeconds, after)), Inspection)
        if (!inspection?.mine) return { next: after, recovered: nothingRecovered }
        const { accounts, dead, alerted, blocked, webhooks, until } = inspection
        const failed = dead ? await failDeadJobs(tx) : []
        const requeued = await requeueOrphans(tx, graceMs, { after, until })
        return { next: until ?? firstId, recovered: { failed, ...requeued, accounts, alerted, blocked, webhooks } }
      })
      // Only now: a pass that was not committed is repeated.
      after = next
      return recovered
    },

    /** Lets deferred jobs run now whose budget was raised. Answers the ids of their generations. */
    resumeBlocked: async (): Promise<string[]> =>
      rowsOf(await queryWithin(pool, scope, resumeStatement), Changed).map(({ id }) => id),

    /**
     * Says of resumed generations that they wait for the budget no more, a few in each transaction. Answers the ids of those
     * that said so until now, as they are committed. After a crash the others say so until they are claimed.
     */
    endBudgetWaits: async function* (ids: string[]): AsyncGenerator<string, void> {
      for (let first = 0; first < ids.length; first += mostAtOnce) {
        const statement = endBudgetWaits(ids.slice(first, first + mostAtOnce))
        for (const { id } of rowsOf(await queryWithin(pool, scope, statement), Changed)) yield id
      }
    },

    /** Deletes rows that no window counts any more. */
    pruneAdmissions: async (): Promise<void> => {
      const statement = { name: 'prune_expired', text: 'select recto.prune_expired()' }
      await queryWithin(pool, { across: 'retention' }, statement)
    },
  }
}

export type Recovery = ReturnType<typeof createRecovery>
