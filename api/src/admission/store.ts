import { rowsOf } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import type pg from 'pg'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { inOrder, type LimitName, type Policy, type Window, windowOf } from './windows.ts'

/** Postgres sends bigint as text. */
const count = z.coerce.number().int()

const PolicyRow = z.object({ name: z.string(), most: count, seconds: z.int() })
const WindowRow = PolicyRow.extend({ used: count, frees_in: z.number().nullable() })
/** The only row of an account that has no window. */
const NoWindow = z.object({ name: z.null() })

const columns = 'select name, most, seconds'
const windowStatements = {
  generations: (account: string) => ({
    name: 'account_windows',
    text: `${columns}, used, frees_in from recto.account_windows($1)`,
    values: [account],
  }),
  connection_checks: () => ({
    name: 'connection_check_window',
    text: `${columns}, used, frees_in from recto.connection_check_window()`,
  }),
}

/**
 * The windows of one of the caller's accounts, none where its plan has none. Connection checks are counted by caller.
 * @throws AppError not_a_member for any other account
 */
export const findWindows = async (
  readAs: ReadAs,
  caller: Caller,
  account: string,
  limit: LimitName,
): Promise<Window[]> => {
  const rows = await readAs(caller, { account }, windowStatements[limit](account), z.union([NoWindow, WindowRow]))
  if (rows.length === 0) throw new AppError('not_a_member')
  return inOrder(rows.flatMap((row) => (row.name === null ? [] : windowOf(row))))
}

const policyStatements = {
  generations: { name: 'default_windows', text: `${columns} from recto.default_windows()` },
  connection_checks: {
    name: 'default_connection_check_window',
    text: `${columns} from recto.default_connection_check_window()`,
  },
}

/** The windows of a new account, read as the API process itself. */
export const findPolicies = async (pool: pg.Pool, limit: LimitName): Promise<Policy[]> => {
  const rows = rowsOf(await pool.query(policyStatements[limit]), PolicyRow)
  return inOrder(rows.map(({ name, most, seconds }) => ({ name, limit: most, window_seconds: seconds })))
}
