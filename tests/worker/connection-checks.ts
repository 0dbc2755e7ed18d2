import type { TestPerson } from '../support/person.ts'
import type { System } from '../support/system.ts'

/** A model with one route, to the server outside of the EU. */
export const global = 'openai/gpt-oss-20b'

/** Asks for a connection check, and waits for its answer. */
export const ask = async (person: TestPerson, model: string, message?: string) => {
  const headers = { 'content-type': 'application/json' }
  const answer = await person.api('/api/ai/test', { method: 'POST', headers, body: JSON.stringify({ model, message }) })
  return { status: answer.status, json: await answer.json() }
}

/** The stored checks of a person. */
export const checksOf = async ({ admin }: System, { id }: Pick<TestPerson, 'id'>) => {
  const text = 'select id, status from recto.connection_checks where user_id = $1 order by created_at'
  return (await admin.query<{ id: string; status: string }>(text, [id])).rows
}

/** The calls of a person. */
export const callsOf = async ({ admin }: System, { id }: Pick<TestPerson, 'id'>) => {
  const { rows } = await admin.query(
    `select purpose, generation_id, account_id, provider, region, data_residency, outcome, cost_usd::text, cost_source,
      finished_at is not null as finished
     from public.ai_calls where user_id = $1 order by started_at`,
    [id],
  )
  return rows
}
