import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { newText } from './text.ts'

export type SeededGeneration = { id: string; suggestionIds: string[]; callId: string }

/**
 * Adds a finished generation of a person with two suggestions, of which the first is first by every index, and a call.
 * Writes as superuser without triggers, so that limits and constraint triggers do not apply.
 */
export const seedGeneration = async (admin: pg.Pool, userId: string): Promise<SeededGeneration> => {
  const client = await admin.connect()
  try {
    await client.query('begin')
    await client.query("set local session_replication_role = 'replica'")
    const { rows } = await client.query<{ id: string }>({
      text: `insert into public.ai_generations (user_id, account_id, source_text, status, attempts, tokens_input, tokens_output,
               cost_usd, suggestions_count, idempotency_key, request_id, started_at, finished_at)
             values ($1, $1, $2, 'succeeded', 1, 310, 120, 0.00012345, 2, $3, $4, now(), now()) returning id`,
      values: [userId, newText(), `seed-${randomUUID()}`, randomUUID()],
    })
    const id = rows[0]?.id ?? ''
    const suggestions = await client.query<{ id: string }>({
      text: `insert into public.ai_suggestions (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
             select $1::uuid, $2, n, 'Front ' || n, 'Back ' || n, 'This', 0, 4, n || md5($1::text) from generate_series(1, 2) n
             returning id`,
      values: [id, userId],
    })
    const call = await client.query<{ id: string }>({
      text: `insert into public.ai_calls (generation_id, user_id, account_id, attempt, provider, model, outcome, cost_usd, finished_at)
             values ($1, $2, $2, 1, 'openrouter', 'openai/gpt-oss-120b', 'ok', 0.00012345, now()) returning id`,
      values: [id, userId],
    })
    await client.query('commit')
    return { id, suggestionIds: suggestions.rows.map((row) => row.id), callId: call.rows[0]?.id ?? '' }
  } finally {
    client.release()
  }
}

/** The columns of a finding beside those of its generation. */
export const findingRow = {
  position: 1,
  path: 'src/add.ts',
  start_line: 2,
  end_line: 3,
  quote: '  if (a == b) {\n    return a',
  category: 'bug',
  level: 'warning',
  title: 'Loose comparison',
  message: 'Compares with `==`.',
  replacement: null as string | null,
  flags: ['line_corrected'],
  fingerprint: 'f1',
}

/** Adds a finished code review of a person with one finding, as `seedGeneration` adds flashcards. */
export const seedReview = async (
  admin: pg.Pool,
  userId: string,
  accountId = userId,
): Promise<{ id: string; findingId: string }> => {
  const client = await admin.connect()
  try {
    await client.query("begin; set local session_replication_role = 'replica'")
    const { rows } = await client.query<{ id: string }>({
      text: `insert into public.ai_generations (user_id, account_id, kind, input, prompt_version, output, status, attempts, started_at, finished_at)
             values ($1, $2, 'code_review', $3, 'code_review@1', '{"summary": "One remark."}', 'succeeded', 1, now(), now()) returning id`,
      values: [userId, accountId, { files: [{ path: findingRow.path, content: `{\n${findingRow.quote}\n` }] }],
    })
    const id = rows[0]?.id ?? ''
    const row = { generation_id: id, user_id: userId, ...findingRow }
    const columns = Object.keys(row)
    const finding = await client.query<{ id: string }>({
      text: `insert into public.ai_findings (${columns}) values (${columns.map((_, n) => `$${n + 1}`)}) returning id`,
      values: Object.values(row),
    })
    await client.query('commit')
    return { id, findingId: finding.rows[0]?.id ?? '' }
  } finally {
    client.release()
  }
}
