import { ConnectionCheckResult } from '@recto/shared/connection-check'
import type { Admission } from '../admission/admission.ts'
import { admit } from '../admission/admit.ts'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { Actor, WriteAs } from '../db/write-as.ts'

/**
 * Requests a connection check as the caller. Workers are notified when the transaction commits. Throws what `admit`
 * throws.
 */
export const requestConnectionCheck =
  (writeAs: WriteAs) =>
  (actor: Actor, model: string): Promise<{ id: string; admission: Admission }> =>
    writeAs(actor, async (tx) => {
      const { row, admission } = await admit<{ id: string }>(tx, {
        name: 'request_connection_check',
        text: 'select recto.request_connection_check($1) as id',
        values: [model],
      })
      return { id: row.id, admission }
    })

/** The result of the caller's own check; null until there is one. */
export const findConnectionCheckResult =
  (readAs: ReadAs) =>
  async (caller: Caller, id: string): Promise<ConnectionCheckResult | null> => {
    const [row] = await readAs(caller, {
      name: 'connection_check_result',
      text: 'select recto.connection_check_result($1) as result',
      values: [id],
    })
    return ConnectionCheckResult.nullable().parse(row?.result)
  }
