import { rowsOf } from '@recto/shared/database'
import { generationQueue, webhookQueue } from '@recto/shared/queue'
import { queryWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import { CONNECTION_CHECK_MS } from '../deadlines.ts'

const Row = z.object({ due: z.boolean() })

/** What a job of the queue needs to be fetched now. One that is to be tried again later is not due. */
const runnable = `state < 'active' and not blocked and start_after <= now()`

const statement = {
  name: 'anything_due',
  text: `select exists (select from pgboss.job_common where name = any ($1::text[]) and ${runnable})
      or exists (select from public.webhook_deliveries where due_at <= now())
      or exists (
        select from recto.connection_checks
        where status = 'pending' and created_at > now() - make_interval(secs => $2::float8 / 1000)
      ) as due`,
  values: [[generationQueue, webhookQueue], CONNECTION_CHECK_MS],
}

/** Whether some worker could do something now: a generation, a delivery to a webhook or a connection check. */
export const isAnythingDue = async (pool: pg.Pool): Promise<boolean> => {
  const [row] = rowsOf(await queryWithin(pool, { across: 'recovery' }, statement), Row)
  return row?.due ?? false
}
