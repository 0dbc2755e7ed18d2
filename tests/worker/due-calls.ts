import { randomUUID } from 'node:crypto'
import { until } from '@recto/local/until'
import type { System } from '../support/system.ts'

/** Amounts that differ from every charge of a provider. */
const reserved = '0.0123456789'
export const likely = '0.0023456789'
export const estimated = '0.000000777'

type Lost = {
  provider?: string
  requestId?: string | null
  generationId?: string | null
  finished?: boolean
  believed?: number | null
  /** In how many seconds its settlement is due. */
  dueIn?: number
}

type Row = {
  outcome: string | null
  provider_request_id: string | null
  cost_usd: string | null
  cost_source: string | null
  estimated_usd: string
  settle_after: Date | null
  settle_tries: number
}

/** Calls whose cost a worker still has to look up. */
export const createDueCalls = ({ admin }: System) => {
  const row = async (id: string): Promise<Row> => {
    const { rows } = await admin.query<Row>('select * from public.ai_calls where id = $1', [id])
    if (!rows[0]) throw new Error(`there is no call ${id}`)
    return rows[0]
  }
  return {
    /** Inserts a call whose settlement is due: of a dead worker, or finished with an estimate. Returns its id. */
    add: async (lost: Lost) => {
      const { provider = 'telling', requestId = null, generationId = null, finished = false } = lost
      const { rows } = await admin.query<{ id: string }>(
        `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, provider_request_id, reserved_usd,
           estimated_usd, settle_after, outcome, finished_at, cost_usd, cost_source, believed_input, believed_output)
         values ($1, $2, coalesce((select account_id from public.ai_generations where id = $1), $2), 1, $3, 'm', $4, $5, $6,
           now() + make_interval(secs => $12), $7, $8, $9, $10, $11, $11)
         returning id`,
        [
          ...[generationId, randomUUID(), provider, requestId, reserved, likely],
          ...(finished ? ['network', new Date(), estimated, 'estimate'] : [null, null, null, null]),
          lost.believed ?? null,
          lost.dueIn ?? 0,
        ],
      )
      return rows[0]?.id ?? ''
    },
    row,
    /** Makes the settlement of a call due at once. */
    tryNow: (id: string) =>
      admin.query('update public.ai_calls set settle_after = now() where id = $1 and settle_after is not null', [id]),
    /** Waits until a call is settled. Returns its row. */
    settled: async (id: string, timeoutMs = 15_000, meanwhile: (id: string) => Promise<unknown> = async () => 0) => {
      const isSettled = async () => {
        await meanwhile(id)
        return (await row(id)).settle_after === null
      }
      await until(isSettled, { what: `the settlement of call ${id}`, timeoutMs, everyMs: 100 })
      return row(id)
    },
  }
}

export type DueCalls = ReturnType<typeof createDueCalls>
