import { createBatcher } from '@recto/shared/batcher'
import type { Statement } from '@recto/shared/database'

const identify = (calls: ReadonlyMap<string, string>): Statement => ({
  name: 'call_identify',
  text: `update public.ai_calls c set provider_request_id = known.request_id
    from unnest($1::uuid[], $2::text[]) as known (id, request_id) where c.id = known.id and c.finished_at is null`,
  values: [[...calls.keys()], [...calls.values()]],
})

/**
 * Writes the ids that providers give to requests while these still run. With its id, the cost of a request can be
 * looked up after its worker was killed. Ids that arrive together share a statement.
 */
export const createRequestIds = (
  send: (statement: Statement) => Promise<unknown>,
  onError: (error: unknown) => void,
) => {
  const ids = createBatcher<string, string>((batch) => send(identify(batch)).catch(onError), { soon: true })
  return (callId: string, providerRequestId: string): void => ids.add(callId, providerRequestId)
}
