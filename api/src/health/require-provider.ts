import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

const Row = z.object({ available: z.boolean() })

/** Rejects when workers have reported no route lately, or the breaker of every one of them is not closed. */
export const requireProvider = (pool: pg.Pool) => async (): Promise<void> => {
  const text = `select exists (select from recto.live_routes() where state = 'closed') as available`
  const [row] = rowsOf(await pool.query({ name: 'provider_available', text }), Row)
  if (!row?.available) throw new Error('no worker knows a route whose breaker is closed')
}
