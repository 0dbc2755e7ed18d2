import { rowsOf, type Statement, type Tx } from '@recto/shared/database'
import type { GenerationError } from '@recto/shared/generation'
import type { Notify } from '@recto/shared/notify'
import { enter, inTransaction, queryWithin, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import { callTotals } from '../calls/totals.ts'
import type { Made } from '../kinds/kind.ts'
import type { Job, Jobs } from '../queue/jobs.ts'
import { readAccountPolicy } from './account-policy.ts'
import { type Keep, keepStatement } from './cache.ts'
import { createClaim } from './claim.ts'
import type { Wait } from './decide.ts'
import type { Metadata } from './errors.ts'
import type { Run } from './run.ts'

type FencedStatement = { name: string; text: string; values: unknown[] }

const Ended = z.object({ others_wait: z.boolean(), tokens: z.int().nullable(), cost_usd: z.string() })

/** What a generation has used over all of its calls. `costUsd` is a decimal string; tokens are null where none are known. */
export type Used = { tokens: number | null; costUsd: string }

/** What a statement that ends the generation `g` returns: a row of `Ended`. */
const ended = `g.tokens_input + g.tokens_output as tokens, trim_scale(g.cost_usd)::text as cost_usd,
  exists (select from public.ai_generations w where w.account_id = g.account_id and w.waiting and w.finished_at is null)
    as others_wait`

const spent = `spent as (select ${callTotals('c')} from public.ai_calls c where c.generation_id = $1)`

/** `$5` is false for an empty result that is a failure of its kind: the statement then changes nothing. */
const commitStatement = (run: Run, made: Made, metadata: Metadata) => ({
  name: 'commit',
  text: `with ${spent}
    update public.ai_generations g
    set status = 'succeeded', finished_at = clock_timestamp(), ai_metadata = $3, output = $4, suggestions_count = $6,
      tokens_input = spent.tokens_input, tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
    from spent
    where g.id = $1 and g.attempts = $2 and g.status = 'running' and $5::boolean
    returning ${ended}`,
  values: [
    run.id,
    run.attempt,
    JSON.stringify(metadata),
    made.output === null ? null : JSON.stringify(made.output),
    made.usable,
    made.suggestions,
  ],
})

const failStatement = (run: Run, error: GenerationError, metadata: Metadata) => ({
  name: 'fail',
  text: `with ${spent}
    update public.ai_generations g
    set status = 'failed', finished_at = clock_timestamp(), error = $3, ai_metadata = $4, tokens_input = spent.tokens_input,
      tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
    from spent
    where g.id = $1 and g.attempts = $2 and g.status = 'running'
    returning ${ended}`,
  values: [run.id, run.attempt, JSON.stringify(error), JSON.stringify(metadata)],
})

/** `wait`: null when the generation may run again at once. */
const postponeStatement = (run: Run, wait: Wait | null) => ({
  name: 'postpone',
  text: `with ${spent}
    update public.ai_generations g
    set status = 'pending', tokens_input = spent.tokens_input, tokens_output = spent.tokens_output, cost_usd = spent.cost_usd,
      ai_metadata = recto.waiting_metadata($3, $4, $5)
    from spent
    where g.id = $1 and g.attempts = $2 and g.status = 'running'
    returning g.id`,
  values: [run.id, run.attempt, wait?.reason ?? null, wait?.class ?? null, wait?.delaySeconds ?? null],
})

/**
 * Locks the generation. The next statement sums its calls as they are when it begins, so a settlement of one of them
 * has to end before that.
 */
const lockStatement = (run: Run) => ({
  name: 'run_lock',
  text: 'select from public.ai_generations where id = $1 for no key update',
  values: [run.id],
})

/**
 * Writes only tokens and cost, for a run that lost its fence: its calls cost something, and another writer owns the
 * status.
 */
const costStatement = (run: Run) => ({
  name: 'run_cost',
  text: `with ${spent}
    update public.ai_generations g
    set tokens_input = spent.tokens_input, tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
    from spent
    where g.id = $1`,
  values: [run.id],
})

export type StoreDeps = {
  pool: pg.Pool
  jobs: Jobs
  notifyStatus: Notify
  notifyJobs: Notify
  /** Starts the next waiting generations of an account, because one has ended. */
  promote(accountId: string): void
  /** Repeats a write while the database cannot be reached. */
  retryWrite<T>(write: () => Promise<T>): Promise<T>
}

/**
 * All SQL of a run. Each write after the claim is fenced by the attempt and shares its transaction with the change of
 * the job. A write that finds its fence gone answers false and writes only the cost: another worker, or the person, has
 * decided.
 */
export const createStore = (deps: StoreDeps) => {
  const claim = createClaim((statement) => deps.pool.query(statement))
  const transact = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) =>
    deps.retryWrite(() => inTransaction(deps.pool, enter(scope), work))

  /**
   * Ends the generation and completes this delivery of its job. A job that was delivered again since then is left
   * alone. Answers what the generation has used, null when the fence is gone.
   */
  const end = async (
    run: Run,
    job: Job,
    statement: FencedStatement,
    beside: Statement[] = [],
  ): Promise<Used | null> => {
    const row = await transact({ account: run.accountId }, async (tx) => {
      const [, answer] = await Promise.all([
        // The generation's row is locked first: whoever deletes it locks it before its calls and suggestions.
        tx.query(lockStatement(run)),
        tx.query(statement),
        ...beside.map((other) => tx.query(other)),
        deps.jobs.complete(tx, job),
      ])
      const [own] = rowsOf(answer, Ended)
      if (!own) await tx.query(costStatement(run))
      return own
    })
    if (!row) return null
    deps.notifyStatus(run.id)
    if (row.others_wait) deps.promote(run.accountId)
    return { tokens: row.tokens, costUsd: row.cost_usd }
  }

  const postpone = async (
    run: Run,
    job: Job,
    wait: Wait | null,
    again: (tx: Tx) => Promise<void>,
  ): Promise<boolean> => {
    const held = await transact({ account: run.accountId }, async (tx) => {
      const [, { rowCount }] = await Promise.all([tx.query(lockStatement(run)), tx.query(postponeStatement(run, wait))])
      if (rowCount === 1) await again(tx)
      else await Promise.all([tx.query(costStatement(run)), deps.jobs.complete(tx, job)])
      return rowCount === 1
    })
    if (held) deps.notifyStatus(run.id)
    return held
  }

  return {
    /** Null when the generation has ended, was deleted, or was claimed for this delivery or a newer one. */
    claim: async (job: Job): Promise<Run | null> => {
      const row = await deps.retryWrite(() => claim(job))
      if (!row) return null
      deps.notifyStatus(row.id)
      return {
        id: row.id,
        userId: row.user_id,
        accountId: row.account_id,
        requestId: row.request_id,
        traceId: row.trace_id,
        kind: row.kind,
        sourceText: row.source_text,
        input: row.input,
        model: row.model,
        promptVersion: row.prompt_version,
        options: row.options,
        dataResidency: row.data_residency,
        accountPolicy: readAccountPolicy(row.account_policy),
        attempt: row.attempts,
        unusableAnswers: row.unusable_answers,
        failedCalls: row.failed_calls,
        waitedMs: row.waited_ms,
      }
    },

    /** Completes a job whose generation needs no run. */
    dismiss: (job: Job): Promise<void> => transact({ across: 'claims' }, (tx) => deps.jobs.complete(tx, job)),

    /** Stores a result. `keep` says what the cache keeps for the next generation with the same request. */
    commit: (run: Run, job: Job, made: Made, metadata: Metadata, keep: Keep | null): Promise<Used | null> =>
      end(run, job, commitStatement(run, made, metadata), [
        ...made.statements(run),
        ...(keep === null
          ? []
          : [keepStatement(run, keep.key, keep.reusable ? { result: made.value, metadata } : null)]),
      ]),

    fail: (run: Run, job: Job, error: GenerationError, metadata: Metadata): Promise<Used | null> =>
      end(run, job, failStatement(run, error, metadata)),

    /** Back to `pending`; the queue delivers the job again after the wait. */
    retry: (run: Run, job: Job, wait: Wait): Promise<boolean> =>
      postpone(run, job, wait, (tx) => deps.jobs.retry(tx, job, wait.delaySeconds)),

    /** Back to `pending` for another worker at once, when this one shuts down. */
    release: async (run: Run, job: Job): Promise<boolean> => {
      const held = await postpone(run, job, null, (tx) => deps.jobs.release(tx, job, 0))
      deps.notifyJobs()
      return held
    },

    /** Back to `pending` with all tries that the job had. The queue delivers it again after the wait. */
    defer: (run: Run, job: Job, wait: Wait): Promise<boolean> =>
      postpone(run, job, wait, (tx) => deps.jobs.release(tx, job, wait.delaySeconds)),

    /**
     * Ends a run about whose generation somebody else has decided: writes its cost and completes its job, if there is
     * one.
     */
    abandon: (run: Run, job: Job): Promise<void> =>
      transact({ account: run.accountId }, async (tx) => {
        await Promise.all([tx.query(lockStatement(run)), tx.query(costStatement(run)), deps.jobs.complete(tx, job)])
      }).then(() => deps.promote(run.accountId)),

    /**
     * From now on, admission denies requests of this model with an input at least as long: the budget has no room for
     * them.
     */
    blockModel: async (run: Run, neededUsd: string): Promise<void> => {
      const statement = {
        name: 'block_model',
        text: 'select recto.block_model($1, $2, $3::numeric, $4::integer)',
        values: [run.accountId, run.model, neededUsd, Buffer.byteLength(run.sourceText ?? JSON.stringify(run.input))],
      }
      await deps.retryWrite(() => queryWithin(deps.pool, { account: run.accountId }, statement))
    },
  }
}

export type Store = ReturnType<typeof createStore>
