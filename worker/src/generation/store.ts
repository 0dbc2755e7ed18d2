import { inTransaction, type Statement, type Tx } from '@recto/shared/database'
import { type GenerationError, Options } from '@recto/shared/generation'
import type { Notify } from '@recto/shared/notify'
import type pg from 'pg'
import type { GatedCard } from '../kinds/flashcards/card.ts'
import type { Job, Jobs } from '../queue/jobs.ts'
import { readAccountPolicy } from './account-policy.ts'
import { type CacheKey, keepStatement } from './cache.ts'
import { createClaim } from './claim.ts'
import type { Run } from './run.ts'

type FencedStatement = { name: string; text: string; values: unknown[] }

/** What a generation has cost so far, over all of its calls, the failed ones too; bounded as its column is, so that no figure stops a write. */
const spent = `spent as (
  select sum(tokens_input)::integer as tokens_input, sum(tokens_output)::integer as tokens_output,
    least(coalesce(sum(cost_usd), 0), 9999.99999999) as cost_usd
  from public.ai_calls where generation_id = $1
)`

/** Whether generations of the account wait for one of its places. */
const othersWait = (row: string) =>
  `exists (select from public.ai_generations w where w.account_id = ${row}.account_id and w.waiting and w.finished_at is null) as others_wait`

const commitStatement = (run: Run, cards: GatedCard[], metadata: Record<string, unknown>) => ({
  name: 'commit',
  text: `with ${spent}, settled as (
      update public.ai_generations g
      set status = 'succeeded', finished_at = clock_timestamp(), ai_metadata = $3, tokens_input = spent.tokens_input,
        tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
      from spent
      where g.id = $1 and g.attempts = $2 and g.status = 'running' and jsonb_array_length($4::jsonb) > 0
      returning g.id, g.user_id, g.account_id
    ), stored as (
      insert into public.ai_suggestions
        (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, flags, fingerprint)
      select settled.id, settled.user_id, c.position, c.front, c.back, c.source_quote, c.quote_start, c.quote_end,
        case when (
          -- Not "exists": the planner would hash every suggestion of everybody for a handful of cards.
          select true from public.ai_suggestions other
          where other.user_id = settled.user_id and other.fingerprint = c.fingerprint and other.status <> 'rejected' limit 1
        ) then array_append(c.flags, 'duplicate_of_card') else c.flags end,
        c.fingerprint
      from settled, jsonb_to_recordset($4::jsonb) as c (position integer, front text, back text, source_quote text,
        quote_start integer, quote_end integer, flags text[], fingerprint text)
      returning generation_id
    )
    select settled.id, ${othersWait('settled')} from settled`,
  values: [run.id, run.attempt, JSON.stringify(metadata), JSON.stringify(cards)],
})

const failStatement = (run: Run, error: GenerationError, metadata: Record<string, unknown>) => ({
  name: 'fail',
  text: `with ${spent}
    update public.ai_generations g
    set status = 'failed', finished_at = clock_timestamp(), error = $3, ai_metadata = $4, tokens_input = spent.tokens_input,
      tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
    from spent
    where g.id = $1 and g.attempts = $2 and g.status = 'running'
    returning g.id, ${othersWait('g')}`,
  values: [run.id, run.attempt, JSON.stringify(error), JSON.stringify(metadata)],
})

const postponeStatement = (run: Run) => ({
  name: 'postpone',
  text: `with ${spent}
    update public.ai_generations g
    set status = 'pending', tokens_input = spent.tokens_input, tokens_output = spent.tokens_output, cost_usd = spent.cost_usd
    from spent
    where g.id = $1 and g.attempts = $2 and g.status = 'running'
    returning g.id`,
  values: [run.id, run.attempt],
})

/** A statement sums the calls as they were when it began: what is settled meanwhile, without this run's knowledge, has to be over. */
const lockStatement = (run: Run) => ({
  name: 'run_lock',
  text: 'select from public.ai_generations where id = $1 for no key update',
  values: [run.id],
})

/** A run that was taken away has cost something too: only its money is written, whoever decides on the status. */
const bookStatement = (run: Run) => ({
  name: 'book',
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
  /** Lets the next waiting generations of an account through, since one is over. */
  promote(accountId: string): void
  /** Repeats a write while the database cannot be reached. */
  retryWrite<T>(write: () => Promise<T>): Promise<T>
}

/**
 * All SQL of a run. Each write after the claim is fenced by the attempt, and shares its transaction with what becomes of the job.
 * A write that finds the fence gone answers false and books its money only: another worker or the person has decided meanwhile.
 */
export const createStore = (deps: StoreDeps) => {
  const claim = createClaim((statement) => deps.pool.query(statement))
  const transact = <T>(work: (tx: Tx) => Promise<T>) => deps.retryWrite(() => inTransaction(deps.pool, work))

  /** Completing a job needs no fence of the run: a job that was delivered again since is not this one's to complete. */
  const end = async (run: Run, job: Job, statement: FencedStatement, beside: Statement[] = []): Promise<boolean> => {
    const ended = await transact(async (tx) => {
      const [, { rows }] = await Promise.all([
        // The generation first of all locks: whoever deletes it has it before what hangs on it.
        tx.query(lockStatement(run)),
        tx.query<{ others_wait: boolean }>(statement),
        ...beside.map((other) => tx.query(other)),
        deps.jobs.complete(tx, job),
      ])
      if (rows.length !== 1) await tx.query(bookStatement(run))
      return rows[0]
    })
    if (!ended) return false
    deps.notifyStatus(run.id)
    if (ended.others_wait) deps.promote(run.accountId)
    return true
  }

  const postpone = async (run: Run, job: Job, again: (tx: Tx) => Promise<void>): Promise<boolean> => {
    const held = await transact(async (tx) => {
      const [, { rowCount }] = await Promise.all([tx.query(lockStatement(run)), tx.query(postponeStatement(run))])
      if (rowCount === 1) await again(tx)
      else await Promise.all([tx.query(bookStatement(run)), deps.jobs.complete(tx, job)])
      return rowCount === 1
    })
    if (held) deps.notifyStatus(run.id)
    return held
  }

  return {
    /** Null when the generation is over, gone, or claimed by this very delivery already. */
    claim: async (job: Job): Promise<Run | null> => {
      const row = await deps.retryWrite(() => claim(job))
      if (!row) return null
      deps.notifyStatus(row.id)
      return {
        id: row.id,
        userId: row.user_id,
        accountId: row.account_id,
        requestId: row.request_id,
        sourceText: row.source_text,
        model: row.model,
        promptVersion: row.prompt_version,
        options: Options.parse(row.options),
        dataResidency: row.data_residency,
        accountPolicy: readAccountPolicy(row.account_policy),
        attempt: row.attempts,
        waitedMs: row.waited_ms,
      }
    },

    /** Completes a job whose generation needs no run. */
    dismiss: (job: Job): Promise<void> => transact((tx) => deps.jobs.complete(tx, job)),

    /** `cacheAs`: where the cards are kept for the next one who asks the same. */
    commit: (
      run: Run,
      job: Job,
      cards: GatedCard[],
      metadata: Record<string, unknown>,
      cacheAs: CacheKey | null,
    ): Promise<boolean> =>
      end(
        run,
        job,
        commitStatement(run, cards, metadata),
        cacheAs === null ? [] : [keepStatement(run, cacheAs, { cards, metadata })],
      ),

    fail: (run: Run, job: Job, error: GenerationError, metadata: Record<string, unknown>): Promise<boolean> =>
      end(run, job, failStatement(run, error, metadata)),

    /** Back to `pending`; the queue delivers the job again after `delaySeconds`. */
    retry: (run: Run, job: Job, delaySeconds: number): Promise<boolean> =>
      postpone(run, job, (tx) => deps.jobs.retry(tx, job, delaySeconds)),

    /** Back to `pending` for another worker at once, when this one shuts down. */
    release: async (run: Run, job: Job): Promise<boolean> => {
      const held = await postpone(run, job, (tx) => deps.jobs.release(tx, job, 0))
      deps.notifyJobs()
      return held
    },

    /** Back to `pending` with all the tries it had: nothing was tried. The queue delivers the job again after `delaySeconds`. */
    defer: (run: Run, job: Job, delaySeconds: number): Promise<boolean> =>
      postpone(run, job, (tx) => deps.jobs.release(tx, job, delaySeconds)),

    /** Ends a run that was taken away: its money is booked and its job, if it still has one, completed. */
    abandon: (run: Run, job: Job): Promise<void> =>
      transact(async (tx) => {
        await Promise.all([tx.query(lockStatement(run)), tx.query(bookStatement(run)), deps.jobs.complete(tx, job)])
      }).then(() => deps.promote(run.accountId)),

    /** The budget has no room for what this run needs: submissions of its model are refused from now on, if their text is as long. */
    exhaustBudget: async (run: Run, neededUsd: string): Promise<void> => {
      const statement = {
        name: 'budget_exhausted',
        text: 'select recto.exhaust_budget($1, $2, $3::numeric, $4::integer)',
        values: [run.accountId, run.model, neededUsd, Buffer.byteLength(run.sourceText)],
      }
      await deps.retryWrite(() => deps.pool.query(statement))
    },
  }
}

export type Store = ReturnType<typeof createStore>
