import { until } from '@recto/local/until'
import type { TestPerson } from '../support/person.ts'
import type { Service, System } from '../support/system.ts'
import { newText } from '../support/text.ts'

/**
 * The list price of routes to the model server. It is higher than what that charges, so that the estimate for a call that
 * ended before the provider gave it an id is no less than its cost.
 */
export const listPrice = {
  input_per_million: '0.3',
  output_per_million: '0.9',
  currency: 'USD',
  as_of: '2026-11-01',
}

/**
 * Submits until an API accepts, as an app would. One idempotency key, the marker of the text, makes all attempts one
 * generation. Answers its id.
 */
export const submitUntilAccepted = async (person: TestPerson, marker: string): Promise<string> => {
  const text = newText({ marker, length: 1000 })
  let accepted: string | undefined
  const attempt = async () => {
    const answer = await person.submit({ source_text: text }, { 'idempotency-key': marker }).catch(() => undefined)
    const body = await answer?.text().catch(() => undefined)
    if (answer?.status === 202 && body !== undefined) {
      accepted = (JSON.parse(body) as { generation_id: string }).generation_id
    } else if (answer && answer.status >= 300 && answer.status < 500)
      throw new Error(`${marker}: ${answer.status} ${body}`)
    return accepted !== undefined
  }
  await until(attempt, { what: `the submission of ${marker}`, timeoutMs: 20_000, everyMs: 200 })
  return accepted ?? ''
}

/** Kills the oldest of several processes, and starts another one in its place. `services` changes. */
export const replaceOldest = async (services: Service[], start: () => Promise<Service>): Promise<void> => {
  services.shift()?.kill('SIGKILL')
  services.push(await start())
}

const countOf = async ({ admin }: System, rows: string): Promise<number> => {
  const { rowCount } = await admin.query(`select ${rows}`)
  return rowCount ?? 0
}

/** How many generations have not ended. */
export const liveGenerations = (system: System): Promise<number> =>
  countOf(system, 'from public.ai_generations where finished_at is null')

/** Waits until every generation has ended, no job is left, and every call has its final cost. */
export const whenAllIsOver = async (system: System, timeoutMs: number): Promise<void> => {
  const isEmpty = (rows: string, what: string, limitMs: number) =>
    until(async () => (await countOf(system, rows)) === 0, { what, timeoutMs: limitMs, everyMs: 200 })
  await until(async () => (await liveGenerations(system)) === 0, {
    what: 'the end of all generations',
    timeoutMs,
    everyMs: 200,
  })
  await isEmpty(`from pgboss.job where state in ('created', 'retry', 'active')`, 'the end of all jobs', 15_000)
  // A lookup that fails twice is repeated after a minute.
  await isEmpty('from public.ai_calls where outcome is null or settle_after is not null', 'settlement', 100_000)
}

/** How each generation ended: its status, and its error code if it has one, such as `failed timeout`. */
export const readEnds = async ({ admin }: System): Promise<{ id: string; end: string }[]> => {
  const text = `select id, concat_ws(' ', status, error->>'code') as end from public.ai_generations`
  return (await admin.query<{ id: string; end: string }>(text)).rows
}
