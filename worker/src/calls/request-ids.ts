import { createBatcher } from '@recto/shared/batcher'
import type { Statement } from '@recto/shared/database'

type Known = { accountId: string; callId: string; requestId: string }

const identify = (calls: Known[]): Statement => ({
  name: 'call_identify',
  text: `update public.ai_calls c set provider_request_id = known.request_id
    from unnest($1::uuid[], $2::text[]) as known (id, request_id) where c.id = known.id and c.finished_at is null`,
  values: [calls.map(({ callId }) => callId), calls.map(({ requestId }) => requestId)],
})

/**
 * Writes the ids that providers give to requests while these still run. With its id, the cost of a request can be
 * looked up after its worker was killed. Ids that arrive together for one account share a statement.
 */
export const createRequestIds = (
  send: (account: string, statement: Statement) => Promise<unknown>,
  onError: (error: unknown) => void,
) => {
  const ids = createBatcher<string, Known>(
    (batch) => {
      const byAccount = Map.groupBy(batch.values(), ({ accountId }) => accountId)
      return Promise.all([...byAccount].map(([account, calls]) => send(account, identify(calls)).catch(onError)))
    },
    { soon: true },
  )
  return (accountId: string, callId: string, requestId: string): void =>
    ids.add(callId, { accountId, callId, requestId })
}
