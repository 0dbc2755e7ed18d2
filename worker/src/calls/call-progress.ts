import { createBatcher } from '@recto/shared/batcher'
import type { Statement } from '@recto/shared/database'
import { naming } from '@recto/shared/transaction'

/** Calls that are written together may be of several accounts. */
const scope = naming({ across: 'call_progress' }, '$4')

/** What is known of a running call. `estimatedUsd`: what it costs so far, a decimal string. */
export type CallProgress = { requestId?: string; estimatedUsd?: string }

const writeProgress = (calls: ReadonlyMap<string, CallProgress>): Statement => ({
  name: 'call_progress',
  text: `with scope as materialized (select ${scope.sql}, set_config('synchronous_commit', 'off', true)),
    open as materialized (
      select id from public.ai_calls where id = any ($1::uuid[]) and finished_at is null order by id for no key update
    )
    update public.ai_calls c set provider_request_id = coalesce(known.request_id, c.provider_request_id),
      estimated_usd = coalesce(known.estimated_usd, c.estimated_usd)
    from scope, open, unnest($1::uuid[], $2::text[], $3::numeric[]) as known (id, request_id, estimated_usd)
    where c.id = open.id and open.id = known.id`,
  values: [
    [...calls.keys()],
    [...calls.values()].map(({ requestId }) => requestId ?? null),
    [...calls.values()].map(({ estimatedUsd }) => estimatedUsd ?? null),
    scope.value,
  ],
})

/**
 * Writes what is known of requests while these still run, for the case that the worker is killed: the provider's id, by
 * which a cost can be looked up, and an estimate of the cost so far, for providers that cannot be asked. Calls that meet
 * share a statement. It does not wait for the disk, because a crash of Postgres may lose the same as a worker that is
 * killed a moment earlier.
 */
export const createCallProgress = (
  send: (statement: Statement) => Promise<unknown>,
  onError: (error: unknown) => void,
  lingerMs: number,
) => {
  const calls = createBatcher<string, CallProgress>((batch) => send(writeProgress(batch)).catch(onError), {
    soon: true,
    lingerMs,
  })
  return (callId: string, progress: CallProgress): void => calls.add(callId, { ...calls.waiting(callId), ...progress })
}
