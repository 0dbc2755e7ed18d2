import { ConnectionCheckResult } from '@recto/shared/connection-check'
import { z } from 'zod'
import type { Admission } from '../admission/admission.ts'
import { withAdmission } from '../admission/with-admission.ts'
import type { Caller } from '../auth/verify-token.ts'
import type { Actor } from '../db/actor.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { WriteAs } from '../db/write-as.ts'

const Requested = z.object({ id: z.string() })
const Found = z.object({ result: ConnectionCheckResult.nullable() })

/**
 * Requests a connection check as the caller. Workers are notified when the transaction commits. Throws what `withAdmission`
 * throws.
 */
export const requestConnectionCheck =
  (writeAs: WriteAs) =>
  (actor: Actor, asked: { model: string; message: string | null }): Promise<{ id: string; admission: Admission }> =>
    writeAs(actor, { account: actor.caller.userId }, async (tx) => {
      const statement = {
        name: 'request_connection_check',
        text: 'select recto.request_connection_check($1, $2) as id',
        values: [asked.model, asked.message],
      }
      const { row, admission } = await withAdmission(tx, statement, Requested)
      return { id: row.id, admission }
    })

/** The result of the caller's own check; null until there is one. */
export const findConnectionCheckResult =
  (readAs: ReadAs) =>
  async (caller: Caller, id: string): Promise<ConnectionCheckResult | null> => {
    const statement = {
      name: 'connection_check_result',
      text: 'select recto.connection_check_result($1) as result',
      values: [id],
    }
    const [row] = await readAs(caller, { account: caller.userId }, statement, Found)
    return row?.result ?? null
  }
