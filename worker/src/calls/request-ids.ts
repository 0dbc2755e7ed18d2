import { createBatcher } from '@recto/shared/batcher'
import type { Statement } from '@recto/shared/database'
import { naming } from '@recto/shared/transaction'

/** Ids that arrive together may be of several accounts. */
const scope = naming({ across: 'request_ids' }, '$3')

const identify = (calls: ReadonlyMap<string, string>): Statement => ({
  name: 'call_identify',
  text: `with scope as materialized (select ${scope.sql}),
    open as materialized (
      select id from public.ai_calls where id = any ($1::uuid[]) and finished_at is null order by id for no key update
    )
    update public.ai_calls c set provider_request_id = known.request_id
    from scope, open, unnest($1::uuid[], $2::text[]) as known (id, request_id) where c.id = open.id and open.id = known.id`,
  values: [[...calls.keys()], [...calls.values()], scope.value],
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
