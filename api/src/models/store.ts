import { DataResidency } from '@recto/shared/catalog'
import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

const LiveRoute = z.object({ provider: z.string(), model: z.string() })

/** A route that a worker can use now. `model` is the provider's name for it. */
export type LiveRoute = z.infer<typeof LiveRoute>

const AccountModels = z
  .object({ data_residency: DataResidency, allowed_models: z.array(z.string()).nullable() })
  .transform(({ data_residency, allowed_models }) => ({ residency: data_residency, allowed: allowed_models }))

/** An account's residency, and the model names that its plan includes (aliases or ids); null means all. */
export type AccountModels = z.infer<typeof AccountModels>

/** The routes that workers can use now, read as the API process itself. */
export const findLiveRoutes = async (pool: pg.Pool): Promise<LiveRoute[]> => {
  const statement = { name: 'live_routes', text: 'select provider, model from recto.live_routes()' }
  return rowsOf(await pool.query(statement), LiveRoute)
}

/** The models of an account; null when the caller is no member of it. */
export const findAccountModels = async (
  readAs: ReadAs,
  caller: Caller,
  account: string,
): Promise<AccountModels | null> => {
  const statement = {
    name: 'account_models',
    text: 'select data_residency, allowed_models from recto.account_models($1)',
    values: [account],
  }
  const [row] = await readAs(caller, { account }, statement, AccountModels)
  return row ?? null
}
