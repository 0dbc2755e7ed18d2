import { setTimeout as delay } from 'node:timers/promises'
import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { QUEUE_STATE_MS } from './deadlines.ts'

const Band = z.object({ band: z.int(), depth: z.int(), age_seconds: z.number() })

/** A band of the queue: how many jobs could run, and the seconds that the oldest of them has waited. */
export type QueueBand = z.infer<typeof Band>

/** Reads the bands of the queue as a worker last measured them, without reading the queue. */
export const readQueueState = async (pool: pg.Pool): Promise<QueueBand[]> =>
  rowsOf(
    await pool.query({ name: 'queue_state', text: 'select band, depth, age_seconds from recto.queue_state()' }),
    Band,
  )

type ReadBands = () => Promise<QueueBand[]>

/** Nothing for a queue that does not answer soon: a cell that is away hides no other. */
const readBriefly = (read: ReadBands): Promise<QueueBand[]> =>
  Promise.race([read().catch(() => []), delay(QUEUE_STATE_MS, [], { ref: false })])

/** The bands of several queues as one: jobs added up, and the longest wait. */
export const readQueueStates = async (queues: readonly ReadBands[]): Promise<QueueBand[]> => {
  const bands = new Map<number, QueueBand>()
  const found = await Promise.all(queues.map(readBriefly))
  for (const { band, depth, age_seconds } of found.flat()) {
    const sum = bands.get(band) ?? { band, depth: 0, age_seconds: 0 }
    bands.set(band, { band, depth: sum.depth + depth, age_seconds: Math.max(sum.age_seconds, age_seconds) })
  }
  return [...bands.values()]
}
