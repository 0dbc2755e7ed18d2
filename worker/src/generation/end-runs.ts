import { createSharedWrite } from '@recto/shared/batcher'
import { rowsOf, type Statement } from '@recto/shared/database'
import type { GenerationError } from '@recto/shared/generation'
import { queryAllWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import { RUN_ENDS_LINGER_MS } from '../deadlines.ts'
import type { Made } from '../kinds/kind.ts'
import type { Job } from '../queue/jobs.ts'
import { type Keep, keepStatement } from './cache.ts'
import type { Wait } from './decide.ts'
import type { Metadata } from './errors.ts'
import type { Run } from './run.ts'

/**
 * How a run ends. `postponed`: the generation is pending again, and `wait` is null when it may run at once. `abandoned`:
 * somebody else has decided about its generation: its cost is written, and what was said when they stopped it.
 */
export type Ending = { run: Run; job: Job } & (
  | { as: 'succeeded'; made: Made; metadata: Metadata; keep: Keep | null }
  | { as: 'failed'; error: GenerationError; metadata: Metadata }
  | { as: 'postponed'; wait: Wait | null }
  | { as: 'abandoned'; said: unknown }
)
type Succeeded = Extract<Ending, { as: 'succeeded' }>

export const Ended = z.object({
  id: z.string(),
  attempt: z.int(),
  /** Whether the run still had its fence. */
  held: z.boolean(),
  tokens: z.int().nullable(),
  cost_usd: z.string(),
  others_wait: z.boolean(),
  /** Whether webhooks of the account may have been told of it. */
  has_webhooks: z.boolean(),
})
export type Ended = z.infer<typeof Ended>

/** What `recto.finish_runs` reads of an ending. An empty result that is a failure of its kind changes no status. */
const outcomeOf = (ending: Ending) => {
  switch (ending.as) {
    case 'succeeded': {
      const { made, metadata } = ending
      const { usable, output, said, suggestions } = made
      return { status: usable ? 'succeeded' : null, metadata, output, suggestions, said: usable ? said : null }
    }
    case 'failed':
      return { status: 'failed', metadata: ending.metadata, error: ending.error }
    case 'postponed': {
      const { wait } = ending
      const waits = wait && { wait_reason: wait.reason, wait_class: wait.class, wait_seconds: wait.delaySeconds }
      return { status: 'pending', ...waits }
    }
    case 'abandoned':
      return { status: null, said: ending.said }
  }
}

/** Writes calls, totals and status of runs, and deletes the jobs of those that are not postponed. Answers rows of `Ended`. */
export const finishStatement = (endings: readonly Ending[]): Statement => {
  const runs = endings.map((ending) => ({
    id: ending.run.id,
    attempt: ending.run.attempt,
    calls: ending.run.endedCalls,
    retry_count: ending.job.retryCount,
    delivered_at: ending.job.deliveredAt,
    ...outcomeOf(ending),
  }))
  return { name: 'finish_runs', text: 'select * from recto.finish_runs($1)', values: [JSON.stringify(runs)] }
}

/** One statement of each kind for the results of all runs. */
const storeStatements = (succeeded: readonly Succeeded[]): Statement[] => {
  const stored = succeeded.flatMap(({ run, made }) => {
    const fence = { generation_id: run.id, attempt: run.attempt }
    return made.stored.map(({ by, rows }) => ({ by, rows: rows.map((row) => ({ ...row, ...fence })) }))
  })
  const statements = new Map(stored.map(({ by }) => [by.name, by]))
  return [...statements.values()].map((statement) => {
    const rows = stored.filter(({ by }) => by.name === statement.name).flatMap((one) => one.rows)
    return { ...statement, values: [JSON.stringify(rows)] }
  })
}

const keepStatements = (succeeded: readonly Succeeded[]): Statement[] =>
  succeeded.flatMap(({ run, made, metadata, keep }) =>
    keep ? keepStatement(run, keep.key, keep.reusable ? { result: made.value, metadata } : null) : [],
  )

/** Ends as many runs as have met; a larger transaction would hold the spending of its accounts for too long. */
const mostAtOnce = 50

/**
 * Ends runs: their last calls, results, status, totals and jobs. Runs that end together share a transaction. Each write is
 * fenced by the attempt and by the delivery of the job. A run whose generation somebody else has locked does not hold up
 * the others: it ends in a transaction of its own. Undefined for a generation that was deleted.
 * @throws the error of the own transaction, or of the database that cannot be reached
 */
export const createEndRuns = (pool: pg.Pool): ((ending: Ending) => Promise<Ended | undefined>) => {
  const write = async (endings: Ending[]): Promise<(ending: Ending) => Promise<Ended | undefined>> => {
    const [only, ...others] = new Set(endings.map(({ run }) => run.accountId))
    const scope = only !== undefined && others.length === 0 ? { account: only } : ({ across: 'runs' } as const)
    const succeeded = endings.filter((ending) => ending.as === 'succeeded')
    const statements = [finishStatement(endings), ...storeStatements(succeeded), ...keepStatements(succeeded)]
    const [answer] = await queryAllWithin(pool, scope, statements)
    const rows = answer ? rowsOf(answer, Ended) : []
    return async (ending) => {
      const own = rows.find(({ id, attempt }) => id === ending.run.id && attempt === ending.run.attempt)
      return own || endings.length === 1 ? own : (await write([ending]))(ending)
    }
  }
  return createSharedWrite(write, { max: mostAtOnce, lingerMs: RUN_ENDS_LINGER_MS })
}
