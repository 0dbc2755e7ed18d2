import type { DataResidency } from '@recto/shared/catalog'
import type { Statement } from '@recto/shared/database'
import type { Job } from '../queue/jobs.ts'

/** A generation's row as a claim returns it. */
export type Claimed = {
  id: string
  user_id: string
  account_id: string
  request_id: string | null
  kind: string
  source_text: string | null
  input: unknown
  model: string
  prompt_version: string
  options: unknown
  data_residency: DataResidency
  account_policy: unknown
  attempts: number
  waited_ms: number
}

const returned = `g.id, user_id, account_id, request_id, kind, source_text, input, model, prompt_version, options, attempts, data_residency,
  to_jsonb(recto.account_policy(account_id)) as account_policy,
  round(extract(epoch from clock_timestamp() - created_at) * 1000)::float8 as waited_ms`

/** A live generation is free for any delivery that is newer than its last claim: a worker whose claim is older is taken for dead. */
const claimOne = (job: Job) => ({
  name: 'claim',
  text: `update public.ai_generations g
    set status = 'running', attempts = attempts + 1, delivered_at = $2, started_at = coalesce(started_at, clock_timestamp())
    where id = $1 and status in ('pending', 'running') and (delivered_at is null or delivered_at < $2)
    returning ${returned}`,
  values: [job.id, job.deliveredAt],
})

/** The same for several; one that somebody holds a lock on is left out. */
const claimMany = (jobs: Job[]) => ({
  name: 'claim_many',
  text: `with free as (
      select g.id, delivery.at
      from public.ai_generations g join unnest($1::uuid[], $2::timestamptz[]) as delivery (id, at) on g.id = delivery.id
      where status in ('pending', 'running') and (delivered_at is null or delivered_at < delivery.at)
      for update of g skip locked
    )
    update public.ai_generations g
    set status = 'running', attempts = attempts + 1, delivered_at = free.at, started_at = coalesce(started_at, clock_timestamp())
    from free where g.id = free.id
    returning ${returned}`,
  values: [jobs.map(({ id }) => id), jobs.map(({ deliveredAt }) => deliveredAt)],
})

/** Sends one statement. */
type Send = (statement: Statement) => Promise<{ rows: Claimed[] }>

type Waiting = { job: Job; claimed: PromiseWithResolvers<Claimed | undefined> }

/**
 * Claims one generation per call; undefined when it is not free. Calls that meet while a statement is under way share the next
 * one, so that a burst costs a few statements and not one per job. What that one leaves out is claimed by itself: nobody waits
 * for a row that somebody else holds.
 */
export const createClaim = (query: Send) => {
  let waiting = new Map<string, Waiting>()
  let busy = false

  const alone = async (job: Job): Promise<Claimed | undefined> => {
    const { rows } = await query(claimOne(job))
    return rows[0]
  }

  const send = async (batch: Waiting[]) => {
    const [only] = batch
    if (only && batch.length === 1) return only.claimed.resolve(alone(only.job))
    try {
      const { rows } = await query(claimMany(batch.map(({ job }) => job)))
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const { job, claimed } of batch) claimed.resolve(byId.get(job.id) ?? alone(job))
    } catch (error) {
      for (const { claimed } of batch) claimed.reject(error)
    }
  }

  const drain = async () => {
    while (waiting.size > 0) {
      const batch = [...waiting.values()]
      waiting = new Map()
      await send(batch)
    }
    busy = false
  }

  return (job: Job): Promise<Claimed | undefined> => {
    // Two deliveries of one job, each to be told by itself whether it may run.
    if (waiting.has(job.id)) return alone(job)
    const claimed = Promise.withResolvers<Claimed | undefined>()
    waiting.set(job.id, { job, claimed })
    if (!busy) {
      busy = true
      setImmediate(() => void drain())
    }
    return claimed.promise
  }
}
