import { bandOfPriority, deadQueue, generationQueue } from '@recto/shared/queue'
import { z } from 'zod'
import { QUEUE_HEALTH_MS, WEBHOOK_LOST_MS } from '../deadlines.ts'

/** How many live generations one pass looks at, so that its cost does not grow with the backlog. */
const windowSize = 5_000

/** Before the first generation, in the order of ids. */
export const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Takes the recovery lock, measures the queue and finds what else there is to do, in one statement, because every
 * worker sends it every few seconds. `mine` is false when another worker has the lock; that worker then does all of it.
 * Admission denies submissions by the measure when the oldest job of their band or a higher one has waited too long.
 * `until` is the last of the live generations behind `after` that this pass looks at; null when it looks at all of them.
 */
export const inspectStatement = (runSeconds: number | null, after: string) => ({
  name: 'recovery_inspect',
  text: `with lock as materialized (select recto.try_lock_recovery() as mine),
    queue as materialized (
      select ${bandOfPriority} as band, min(greatest(created_on, start_after)) as waiting_since, count(*)::integer as depth
      from pgboss.job
      where (select mine from lock) and name = $1 and state < 'active' and not blocked and start_after <= now()
      group by 1
    ),
    known as materialized (
      select h.band, q.waiting_since, coalesce(q.depth, 0) as depth from recto.queue_health h left join queue q using (band) where (select mine from lock)
    ),
    measured as (
      update recto.queue_health h set waiting_since = k.waiting_since, depth = k.depth, run_seconds = coalesce($2::numeric, h.run_seconds),
        measured_at = clock_timestamp()
      from known k
      where h.band = k.band and (h.waiting_since is distinct from k.waiting_since
        or h.measured_at < clock_timestamp() - make_interval(secs => $3::float8 / 1000))
    ),
    added as (
      insert into recto.queue_health (band, waiting_since, depth)
      select q.band, q.waiting_since, q.depth from queue q where q.band not in (select k.band from known k)
    )
    select mine,
      case when mine then array(
        select distinct account_id from public.ai_generations where waiting and finished_at is null
      ) else '{}' end as accounts,
      mine and exists (select from pgboss.job where name = $6 and state < 'active') as dead,
      mine and exists (select from public.budget_alerts where enqueued_at is null) as alerted,
      mine and exists (select from recto.budget_blocks) as blocked,
      mine and (exists (select from public.webhook_deliveries where due_at <= now()) or exists (
        select from public.webhook_deliveries
        where status = 'pending' and due_at is null and queued_at < now() - make_interval(secs => $7::float8 / 1000)
      )) as webhooks,
      case when mine then (
        select g.id from public.ai_generations g
        where g.finished_at is null and not g.waiting and g.id > $4::uuid order by g.id offset $5 limit 1
      ) end as until
    from lock`,
  values: [generationQueue, runSeconds, QUEUE_HEALTH_MS, after, windowSize - 1, deadQueue, WEBHOOK_LOST_MS],
})

/** The row of `inspectStatement`. */
export const Inspection = z.object({
  mine: z.boolean(),
  accounts: z.array(z.string()),
  dead: z.boolean(),
  alerted: z.boolean(),
  blocked: z.boolean(),
  webhooks: z.boolean(),
  until: z.string().nullable(),
})
