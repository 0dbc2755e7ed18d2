import { createHash } from 'node:crypto'
import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { generationQueue } from '@recto/shared/queue'
import { naming } from '@recto/shared/transaction'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { CACHE_POLL_MS } from '../deadlines.ts'
import type { AnyKind, Made, Work } from '../kinds/kind.ts'
import type { Metadata } from './errors.ts'
import type { Planned } from './plan.ts'
import type { Run } from './run.ts'

/** What a generation gave: the result as its kind keeps it, and what is known about how it was made. */
const Entry = z.object({ result: z.unknown(), metadata: z.record(z.string(), z.unknown()) })
export type Entry = z.infer<typeof Entry>

/** Where a run's result belongs in the cache. */
export type CacheKey = { digest: string; ttlSeconds: number }

/** What the cache keeps of a run: its result, or that results of this request are not reusable, because chance has a part. */
export type Keep = { key: CacheKey; reusable: boolean }

/** An earlier result with the generation that it comes from; or none, and this run stores its own under `key`. */
export type Lookup =
  | { kind: 'hit'; made: Made; metadata: Metadata; from: string }
  | { kind: 'miss'; key: CacheKey | null }

/**
 * Equal for requests that would be answered alike. The account is not part of it, because it is part of the row's key.
 */
export const digestOf = (
  run: Run,
  { work, residency, scrub }: Pick<Planned, 'residency' | 'scrub'> & { work: Pick<Work, 'identity'> },
): string => {
  const asked = [work.identity, run.promptVersion, run.model, run.optimize, residency, scrub]
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex')
}

/**
 * Makes this generation the one that stores the result, unless there is a result or a running generation whose job a
 * worker holds will store one. A generation that was handed back does not count: it waits for a slot, and the
 * generations that wait for it may hold all slots.
 */
const lead = (run: Run, { digest, ttlSeconds }: CacheKey): Statement => {
  const scope = naming({ account: run.accountId }, '$6')
  return {
    name: 'cache_lead',
    text: `with scope as materialized (select ${scope.sql}),
    lead as (
      insert into recto.result_cache as c (account_id, digest, generation_id, expires_at)
      select $1, $2, $3, now() + make_interval(secs => $4::float8) from scope
      on conflict (account_id, digest) do update
        set generation_id = excluded.generation_id, answer = null, expires_at = excluded.expires_at
        where c.expires_at <= now() or (c.answer is null and (c.generation_id = excluded.generation_id or not exists (
          select from public.ai_generations g join pgboss.job j on j.name = $5 and j.id = g.id and j.state = 'active'
          where g.id = c.generation_id and g.status = 'running'
        )))
      returning generation_id
    )
    select exists (select from lead) as leads, c.generation_id, c.answer
    from (values (1)) one left join recto.result_cache c on c.account_id = $1 and c.digest = $2`,
    values: [run.accountId, digest, run.id, ttlSeconds, generationQueue, scope.value],
  }
}

/**
 * Stores the result in the transaction that commits the run; changes nothing when another generation leads by now. Without
 * an entry it stores that there is none to wait for: each further generation then makes its own result at once.
 */
export const keepStatement = (run: Run, { digest, ttlSeconds }: CacheKey, entry: Entry | null): Statement => ({
  name: 'cache_keep',
  text: `update recto.result_cache set answer = $4, expires_at = now() + make_interval(secs => $5::float8)
    where account_id = $1 and digest = $2 and generation_id = $3`,
  values: [run.accountId, digest, run.id, JSON.stringify(entry ?? {}), ttlSeconds],
})

const Row = z.object({ leads: z.boolean(), generation_id: z.string().nullable(), answer: z.unknown() })

export type CacheDeps = {
  /** Null: off. */
  ttlSeconds: number | null
  /** Sends one statement. */
  query(statement: Statement): Promise<Answer>
  clock: Pick<Clock, 'sleep'>
}

/**
 * Finds the result of an earlier equal request of the account. Of several at once the first one makes it, and the
 * others wait until it has, or has ended without. After an abort the answer is a miss, and the caller reads its signal.
 */
export const createCache =
  ({ ttlSeconds, query, clock }: CacheDeps) =>
  async (run: Run, digest: string, read: AnyKind['fromCache'], signal: AbortSignal): Promise<Lookup> => {
    if (ttlSeconds === null) return { kind: 'miss', key: null }
    const key = { digest, ttlSeconds }
    while (!signal.aborted) {
      const [row] = rowsOf(await query(lead(run, key)), Row)
      if (!row || row.leads) return { kind: 'miss', key }
      if (row.answer !== null && row.generation_id !== null) {
        const entry = Entry.safeParse(row.answer).data
        const made = entry ? read(entry.result) : null
        // Another release may have written another form, or a result that is no success by now. Such an entry stays
        // until it expires, and this run does not wait for that.
        if (!entry || !made?.usable) return { kind: 'miss', key: null }
        return { kind: 'hit', made, metadata: entry.metadata, from: row.generation_id }
      }
      await clock.sleep(CACHE_POLL_MS, signal)
    }
    return { kind: 'miss', key: null }
  }

export type Cache = ReturnType<typeof createCache>
