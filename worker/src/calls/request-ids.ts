import type { Statement } from '@recto/shared/database'

const identify = (calls: Map<string, string>): Statement => ({
  name: 'call_identify',
  text: `update public.ai_calls c set provider_request_id = known.request_id
    from unnest($1::uuid[], $2::text[]) as known (id, request_id) where c.id = known.id and c.finished_at is null`,
  values: [[...calls.keys()], [...calls.values()]],
})

/**
 * Writes the ids that providers give to requests while these are still under way: by them a request can be found again whose
 * worker is killed. Ids that come while a statement is under way share the next one.
 */
export const createRequestIds = (
  send: (statement: Statement) => Promise<unknown>,
  onError: (error: unknown) => void,
) => {
  let waiting = new Map<string, string>()
  let busy = false

  const drain = async () => {
    while (waiting.size > 0) {
      const batch = waiting
      waiting = new Map()
      await send(identify(batch)).catch(onError)
    }
    busy = false
  }

  return (callId: string, providerRequestId: string): void => {
    waiting.set(callId, providerRequestId)
    if (busy) return
    busy = true
    setImmediate(() => void drain())
  }
}
