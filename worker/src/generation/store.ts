import { rowsOf, type Tx } from '@recto/shared/database'
import type { GenerationError } from '@recto/shared/generation'
import type { Notify } from '@recto/shared/notify'
import { enter, inTransaction, queryWithin, type Scope } from '@recto/shared/transaction'
import type pg from 'pg'
import type { Made } from '../kinds/kind.ts'
import type { Job, Jobs } from '../queue/jobs.ts'
import type { Keep } from './cache.ts'
import type { Wait } from './decide.ts'
import { createEndRuns, Ended, type Ending, finishStatement } from './end-runs.ts'
import type { Metadata } from './errors.ts'
import type { Run } from './run.ts'

/** What a generation has used over all of its calls. `costUsd` is a decimal string; tokens are null where none are known. */
export type Used = { tokens: number | null; costUsd: string }

const usedOf = ({ tokens, cost_usd }: Ended): Used => ({ tokens, costUsd: cost_usd })

export type StoreDeps = {
  pool: pg.Pool
  jobs: Jobs
  notifyStatus: Notify
  notifyJobs: Notify
  /** Starts the next waiting generations of an account, because one has ended. */
  promote(accountId: string): void
  /** Events for webhooks may be there. */
  wakeWebhooks(): void
  /** Repeats a write while the database cannot be reached. */
  retryWrite<T>(write: () => Promise<T>): Promise<T>
}

/**
 * All SQL of a run. Each write after the claim is fenced by the attempt and shares its transaction with the change of
 * the job. A write that finds its fence gone answers false and writes only the cost: another worker, or the person, has
 * decided.
 */
export const createStore = (deps: StoreDeps) => {
  const endRun = createEndRuns(deps.pool)
  const transact = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) =>
    deps.retryWrite(() => inTransaction(deps.pool, enter(scope), work))

  /** Answers what the generation has used, null when the fence is gone. */
  const end = async (ending: Ending): Promise<Used | null> => {
    const ended = await deps.retryWrite(() => endRun(ending))
    if (!ended?.held) return null
    deps.notifyStatus(ended.id)
    if (ended.others_wait) deps.promote(ending.run.accountId)
    if (ended.has_webhooks) deps.wakeWebhooks()
    return usedOf(ended)
  }

  /** `again` returns the job to the queue. Answers false when the fence is gone. */
  const postpone = async (run: Run, job: Job, wait: Wait | null, again: Jobs['release']): Promise<boolean> => {
    const ending: Ending = { as: 'postponed', run, job, wait }
    const held = await transact({ account: run.accountId }, async (tx) => {
      const [ended] = rowsOf(await tx.query(finishStatement([ending])), Ended)
      if (ended?.held) await again(tx, job, wait?.delaySeconds ?? 0)
      return ended?.held ?? false
    })
    if (held) deps.notifyStatus(run.id)
    return held
  }

  return {
    /** Deletes a job whose generation needs no run. */
    dismiss: (job: Job): Promise<void> => transact({ across: 'claims' }, (tx) => deps.jobs.remove(tx, job)),

    /** Stores a result. `keep` says what the cache keeps for the next generation with the same request. */
    commit: (run: Run, job: Job, made: Made, metadata: Metadata, keep: Keep | null): Promise<Used | null> =>
      end({ as: 'succeeded', run, job, made, metadata, keep }),

    fail: (run: Run, job: Job, error: GenerationError, metadata: Metadata): Promise<Used | null> =>
      end({ as: 'failed', run, job, error, metadata }),

    /** Back to `pending`; the queue delivers the job again after the wait. */
    retry: (run: Run, job: Job, wait: Wait): Promise<boolean> => postpone(run, job, wait, deps.jobs.retry),

    /** Back to `pending` for another worker at once, when this one shuts down. */
    release: async (run: Run, job: Job): Promise<boolean> => {
      const held = await postpone(run, job, null, deps.jobs.release)
      deps.notifyJobs()
      return held
    },

    /** Back to `pending` with all tries that the job had. The queue delivers it again after the wait. */
    defer: (run: Run, job: Job, wait: Wait): Promise<boolean> => postpone(run, job, wait, deps.jobs.release),

    /**
     * Ends a run about whose generation somebody else has decided: writes its cost and, if they have stopped it, what was
     * said by then, and deletes its job, if there is one. Answers what the generation has used, null when it was deleted.
     */
    abandon: async (run: Run, job: Job, said: unknown): Promise<Used | null> => {
      const ended = await deps.retryWrite(() => endRun({ as: 'abandoned', run, job, said }))
      if (said !== null) deps.notifyStatus(run.id)
      deps.promote(run.accountId)
      return ended ? usedOf(ended) : null
    },

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
