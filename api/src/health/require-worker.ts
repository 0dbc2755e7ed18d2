import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { WORKER_SEEN_MS } from '../deadlines.ts'

const statement = {
  name: 'worker_alive',
  text: 'select recto.worker_alive($1) as alive',
  values: [WORKER_SEEN_MS / 1000],
}

const Row = z.object({ alive: z.boolean() })

/** Rejects when no worker has measured the queue lately. */
export const requireWorker = (pool: pg.Pool) => async (): Promise<void> => {
  const [row] = rowsOf(await pool.query(statement), Row)
  if (!row?.alive) throw new Error('no worker has measured the queue lately')
}
