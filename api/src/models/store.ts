import { DataResidency } from '@recto/shared/catalog'
import type pg from 'pg'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

const LiveRoutes = z.array(z.object({ provider: z.string(), model: z.string() }))

/** A way to a model that some worker can use now; `model` as the provider writes it. */
export type LiveRoute = z.infer<typeof LiveRoutes>[number]

const ModelTerms = z
  .object({ data_residency: DataResidency, allowed_models: z.array(z.string()).nullable() })
  .transform(({ data_residency, allowed_models }) => ({ residency: data_residency, allowed: allowed_models }))

/** Where an account's texts may go, and the names that its requests may have: aliases or ids; null is all. */
export type ModelTerms = z.infer<typeof ModelTerms>

/** Read as the process itself. */
export const findLiveRoutes = async (pool: pg.Pool): Promise<LiveRoute[]> => {
  const { rows } = await pool.query({ name: 'live_routes', text: 'select provider, model from recto.live_routes()' })
  return LiveRoutes.parse(rows)
}

/** Null when the caller is no member of the account. */
export const findModelTerms = async (readAs: ReadAs, caller: Caller, account: string): Promise<ModelTerms | null> => {
  const [row] = await readAs(caller, {
    name: 'models_of',
    text: 'select recto.models_of($1) as terms',
    values: [account],
  })
  return ModelTerms.nullable().parse(row?.terms)
}
