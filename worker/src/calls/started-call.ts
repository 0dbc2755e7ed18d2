import { createSharedWrite } from '@recto/shared/batcher'
import type { DataResidency } from '@recto/shared/catalog'
import { type Answer, rowsOf, type Statement } from '@recto/shared/database'
import { naming, waitingBriefly } from '@recto/shared/transaction'
import { z } from 'zod'
import { CALL_STARTS_LINGER_MS, SETTLE_GRACE_MS } from '../deadlines.ts'
import type { CallStart } from '../llm/request.ts'
import type { EndedCall } from './ended-call.ts'

/**
 * What a call is made for: a generation, claimed for the `attempt`th time, or a connection check of an account. `endedCalls`
 * takes the calls that are written with the end of the run.
 */
export type Subject =
  | { purpose: 'generation'; id: string; attempt: number; accountId: string; endedCalls: EndedCall[] }
  | { purpose: 'connection_check'; userId: string; accountId: string }

/** A call that is about to be sent, as `call_start` reads it. */
export type StartedCall = ReturnType<typeof startedCallOf>

export const startedCallOf = (id: string, subject: Subject, residency: DataResidency, call: CallStart) => {
  const { route } = call
  return {
    id,
    purpose: subject.purpose,
    ...(subject.purpose === 'generation'
      ? { generation_id: subject.id, attempt: subject.attempt }
      : { user_id: subject.userId, account_id: subject.accountId, attempt: 1 }),
    provider: route.provider,
    model: route.model,
    region: route.region,
    data_residency: residency,
    key_fingerprint: call.keyFingerprint,
    hedge: call.hedge,
    reserved_usd: call.reservedUsd,
    estimated_usd: call.estimatedUsd,
    believed_input: call.believed.input,
    believed_output: call.believed.output,
    fx_rate: route.fxRate,
    settle_ms: route.timeouts.totalMs + SETTLE_GRACE_MS,
  }
}

/** Calls that are written together may be of several accounts. */
const scope = naming({ across: 'runs' }, '$2')

/**
 * A call of a generation is inserted only while its claim is the newest. Repeated after a lost acknowledgement, the
 * statement finds its own rows, which cannot have ended yet. Generations are locked by their foreign key, by id.
 */
const startStatement = (calls: readonly StartedCall[]): Statement => ({
  name: 'call_start',
  text: `with scope as materialized (select ${scope.sql}, ${waitingBriefly('$1')})
    insert into public.ai_calls (id, attempt, provider, model, region, data_residency, key_fingerprint, hedge, reserved_usd,
      estimated_usd, believed_input, believed_output, fx_rate, settle_after, purpose, kind, generation_id, user_id, account_id)
    select c.id, c.attempt, c.provider, c.model, c.region, c.data_residency, c.key_fingerprint, c.hedge, c.reserved_usd,
      c.estimated_usd, c.believed_input, c.believed_output, c.fx_rate, now() + make_interval(secs => c.settle_ms / 1000), c.purpose, coalesce(g.kind, c.purpose), g.id,
      coalesce(g.user_id, c.user_id), coalesce(g.account_id, c.account_id)
    from scope, jsonb_to_recordset($1::jsonb) as c (id uuid, attempt integer, provider text, model text, region text,
        data_residency text, key_fingerprint text, hedge boolean, reserved_usd numeric, estimated_usd numeric,
        believed_input integer, believed_output integer, fx_rate numeric, settle_ms float8, purpose text, generation_id uuid, user_id uuid, account_id uuid)
      left join public.ai_generations g on g.id = c.generation_id and g.attempts = c.attempt and g.status = 'running'
    where g.id is not null or c.purpose = 'connection_check'
    order by g.id
    on conflict (id) do update set outcome = null
    returning id`,
  values: [JSON.stringify(calls), scope.value],
})

const Started = z.object({ id: z.string() })

/**
 * Writes calls before they leave, with what they may cost. Calls that meet share a statement. The answer is false when the
 * run of the call has lost its fence.
 */
export const createStartCall = (send: (statement: Statement) => Promise<Answer>) =>
  createSharedWrite<StartedCall, boolean>(
    async (calls) => {
      const started = new Set(rowsOf(await send(startStatement(calls)), Started).map(({ id }) => id))
      return ({ id }) => started.has(id)
    },
    { max: 50, lingerMs: CALL_STARTS_LINGER_MS },
  )
