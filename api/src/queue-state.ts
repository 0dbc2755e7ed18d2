import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

const Band = z.object({ band: z.int(), depth: z.int(), age_seconds: z.number() })

/** A band of the queue: how many jobs could run, and the seconds that the oldest of them has waited. */
export type QueueBand = z.infer<typeof Band>

/** Reads the bands of the queue as a worker last measured them, without reading the queue. */
export const readQueueState = async (pool: pg.Pool): Promise<QueueBand[]> =>
  rowsOf(
    await pool.query({ name: 'queue_state', text: 'select band, depth, age_seconds from recto.queue_state()' }),
    Band,
  )
