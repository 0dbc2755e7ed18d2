import { rowsOf } from '@recto/shared/database'
import type { Logger } from '@recto/shared/log'
import { queryWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { RETENTION_EVERY_MS } from '../deadlines.ts'

/** A batch is small, so that nobody waits for its rows for long. */
const atOnce = 500

const Retained = z.object({
  texts: z.int(),
  generations: z.int(),
  calls: z.int(),
  deliveries: z.int(),
  changes: z.int(),
  erased: z.int(),
})

const none: z.infer<typeof Retained> = { texts: 0, generations: 0, calls: 0, deliveries: 0, changes: 0, erased: 0 }

const statement = {
  name: 'apply_retention',
  text: 'select texts, generations, calls, deliveries, changes, erased from recto.apply_retention($1)',
  values: [atOnce],
}

type RetentionDeps = { pool: pg.Pool; clock: Pick<Clock, 'sleep'>; log: Logger }

/**
 * Applies retention every RETENTION_EVERY_MS, in batches, until stopped. Every worker runs it; the database lets one at
 * a time.
 */
export const runRetention = ({ pool, clock, log }: RetentionDeps) => {
  const stopping = new AbortController()

  const pass = async (): Promise<void> => {
    const total = { ...none }
    let left: boolean
    do {
      const rows = rowsOf(await queryWithin(pool, { across: 'retention' }, statement), Retained)
      const [{ texts, generations, calls, deliveries, changes, erased } = none] = rows
      total.texts += texts
      total.generations += generations
      total.calls += calls
      total.deliveries += deliveries
      total.changes += changes
      total.erased += erased
      left = [texts, generations, calls, deliveries, changes].some((count) => count >= atOnce) || erased > 0
    } while (left && !stopping.signal.aborted)
    if (Object.values(total).some((count) => count > 0)) log.info(total, 'retention applied')
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pass().catch((error) => log.warn({ error }, 'retention failed'))
      await clock.sleep(RETENTION_EVERY_MS, stopping.signal)
    }
  }
  const running = run()

  return {
    stop: (): Promise<void> => {
      stopping.abort()
      return running
    },
  }
}
