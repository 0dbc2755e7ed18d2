import { DataResidency } from '@recto/shared/catalog'
import type pg from 'pg'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../reading.ts'

const LiveRoutes = z.array(z.object({ provider: z.string(), model: z.string() }))

/** A way to a model that some worker can use now; `model` as the provider writes it. */
export type LiveRoute = z.infer<typeof LiveRoutes>[number]

/** Read as the process itself. */
export const findLiveRoutes = async (pool: pg.Pool): Promise<LiveRoute[]> => {
  const { rows } = await pool.query({ name: 'live_routes', text: 'select provider, model from recto.live_routes()' })
  return LiveRoutes.parse(rows)
}

/** Where the texts of the caller's account may go. */
export const findAccountResidency = async (readAs: ReadAs, caller: Caller): Promise<DataResidency> => {
  const [row] = await readAs(caller, {
    name: 'account_residency',
    text: 'select recto.account_residency() as residency',
  })
  return DataResidency.parse(row?.residency)
}
