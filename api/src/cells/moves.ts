import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

const Row = z.object({ accounts: z.int(), age_seconds: z.number() })

/** Accounts that are being moved, and the seconds that the first of them has been answered 503. */
export type Moves = z.infer<typeof Row>

/** Reads from the home cell which moves are not over: under way, or killed and left. */
export const readMoves = async (home: pg.Pool): Promise<Moves> => {
  const text = 'select accounts, age_seconds from recto.moves_under_way()'
  return rowsOf(await home.query({ name: 'moves_under_way', text }), Row)[0] ?? { accounts: 0, age_seconds: 0 }
}
