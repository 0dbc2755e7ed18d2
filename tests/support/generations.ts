import { until } from '@recto/local/until'
import type pg from 'pg'
import type { System } from './system.ts'

export type GenerationRow = {
  id: string
  user_id: string
  source_text: string
  status: string
  attempts: number
  tokens_input: number | null
  tokens_output: number | null
  cost_usd: string
  ai_metadata: Record<string, unknown>
  error: Record<string, unknown> | null
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
}

export type SuggestionRow = {
  position: number
  front: string
  back: string
  source_quote: string
  quote_start: number
  quote_end: number
  flags: string[]
}

export type CallRow = {
  generation_id: string | null
  attempt: number
  provider: string
  region: string
  hedge: boolean
  key_fingerprint: string
  outcome: string | null
  http_status: number | null
  provider_request_id: string | null
  tokens_input: number | null
  tokens_output: number | null
  reserved_usd: string
  cost_usd: string | null
  cost_source: string | null
  error: Record<string, unknown> | null
  finished_at: Date | null
}

export type JobRow = {
  name: string
  state: string
  retry_count: number
  retry_limit: number
  priority: number
  start_after: Date
  heartbeat_on: Date | null
}

type AdminAccess = Pick<System, 'admin'>

const rowsOf = async <Row extends pg.QueryResultRow>({ admin }: AdminAccess, text: string, values: unknown[]) =>
  (await admin.query<Row>(text, values)).rows

export const generation = async (system: AdminAccess, id: string): Promise<GenerationRow> => {
  const [row] = await rowsOf<GenerationRow>(system, 'select * from public.ai_generations where id = $1', [id])
  if (!row) throw new Error(`there is no generation ${id}`)
  return row
}

export const suggestions = (system: AdminAccess, id: string): Promise<SuggestionRow[]> =>
  rowsOf(system, 'select * from public.ai_suggestions where generation_id = $1 order by position', [id])

export const calls = (system: AdminAccess, id: string): Promise<CallRow[]> =>
  rowsOf(system, 'select * from public.ai_calls where generation_id = $1 order by started_at', [id])

/** The job of a generation and its copy in the dead queue, if there are any. */
export const jobs = (system: AdminAccess, id: string): Promise<JobRow[]> =>
  rowsOf(system, 'select * from pgboss.job where id = $1 or source_id = $1 order by created_on', [id])

/** Polls until the generation has one of the statuses, and calls `meanwhile` before each poll. Returns its row. */
export const whenStatus = async (
  system: AdminAccess,
  id: string,
  statuses: string[],
  timeoutMs = 20_000,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<GenerationRow> => {
  let last = 'gone'
  const reached = async () => {
    await meanwhile()
    const [row] = await rowsOf<{ status: string }>(system, 'select status from public.ai_generations where id = $1', [
      id,
    ])
    last = row?.status ?? 'gone'
    return statuses.includes(last)
  }
  await until(reached, { what: `${statuses.join(' or ')} of generation ${id}`, timeoutMs, everyMs: 40 }).catch(
    (error: Error) => {
      throw new Error(`${error.message}; it is ${last}`)
    },
  )
  return generation(system, id)
}

const terminal = ['succeeded', 'failed', 'cancelled']

/** Polls until the generation has ended. Returns its row. */
export const whenOver = (
  system: AdminAccess,
  id: string,
  timeoutMs?: number,
  meanwhile?: () => Promise<unknown>,
): Promise<GenerationRow> => whenStatus(system, id, terminal, timeoutMs, meanwhile)

/** Makes a job that waits for a retry due at once. */
export const makeRetryDue = ({ admin }: AdminAccess, id: string) =>
  admin.query(`update pgboss.job set start_after = now() where id = $1 and state = 'retry' and start_after > now()`, [
    id,
  ])

/** Polls until the generation's job is in the state. */
export const whenJob = (system: AdminAccess, id: string, state: string, timeoutMs = 10_000): Promise<void> =>
  until(async () => (await jobs(system, id)).some((job) => job.state === state), {
    what: `job ${id} becoming ${state}`,
    timeoutMs,
  })

/** Sets the heartbeat of a job a minute back, so that a test need not wait until it expires. */
export const expireHeartbeat = async ({ admin }: AdminAccess, id: string): Promise<void> => {
  await admin.query(
    `update pgboss.job set heartbeat_on = now() - interval '1 minute' where id = $1 and state = 'active'`,
    [id],
  )
}

/** The exact sum of the costs of a generation's calls. */
export const costOf = async ({ admin }: AdminAccess, id: string): Promise<string> => {
  const [row] = await rowsOf<{ cost: string }>(
    { admin },
    'select coalesce(sum(cost_usd), 0)::text as cost from public.ai_calls where generation_id = $1',
    [id],
  )
  return row?.cost ?? '0'
}
