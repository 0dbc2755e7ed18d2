import { deploymentAccount } from '@recto/shared/account-id'
import { generationQueue } from '@recto/shared/queue'
import { LONGEST_DELAY_MS } from '../deadlines.ts'

/**
 * Lets jobs run now that were deferred to the next month because a budget was used up, once that budget is raised. Only
 * such a deferral is longer than `LONGEST_DELAY_MS`. Reads no job when no budget was raised. It locks no generation: there
 * may be as many as a month has, and people cancel them meanwhile.
 */
export const resumeStatement = {
  name: 'resume_blocked',
  text: `with unblocked as materialized (select account from recto.unblock_models() as account)
    update pgboss.job j set start_after = now()
    where (select count(*) from unblocked) > 0
      and j.name = $1 and j.state in ('created', 'retry') and j.start_after > now() + make_interval(secs => $2::float8 / 1000)
      and exists (
        select from public.ai_generations g join unblocked r on g.account_id = r.account or r.account = '${deploymentAccount}'
        where g.id = j.id and g.finished_at is null
      )
    returning j.id`,
  values: [generationQueue, LONGEST_DELAY_MS],
}

/** Generations that wait for a free worker now, and for no budget. Who changes one of them meanwhile ends its wait too. */
export const endBudgetWaits = (ids: string[]) => ({
  name: 'end_budget_waits',
  text: `update public.ai_generations g set ai_metadata = g.ai_metadata - 'waiting' from (
      select w.id from public.ai_generations w where w.id = any ($1) and w.status = 'pending'
        and w.ai_metadata -> 'waiting' ->> 'reason' = 'budget' order by w.id for no key update skip locked
    ) w where g.id = w.id returning g.id`,
  values: [ids],
})
