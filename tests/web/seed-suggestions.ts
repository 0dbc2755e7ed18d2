import { randomUUID } from 'node:crypto'
import type { System } from '../support/system.ts'
import { newText } from '../support/text.ts'

type Seeded = { generationId: string; ids: string[] }

/**
 * Adds a finished generation of a person with suggestions that wait for a decision. `flagsOf` gives the flags of the
 * nth one, counted from 1, and `accountId` is a team's or the person's own. Writes as superuser without triggers, so
 * that no limit applies: more than a model would make.
 */
export const seedSuggestions = async (
  { admin }: Pick<System, 'admin'>,
  personId: string,
  count: number,
  flagsOf: (n: number) => string[] = () => [],
  accountId = personId,
): Promise<Seeded> => {
  const facts = Array.from({ length: count }, (_, n) => `Fact ${n + 1} of the sea.`)
  const text = `${facts.join(' ')} ${newText({ length: 1000 })}`.slice(0, 10_000)
  const rows = facts.map((quote, n) => {
    const start = text.indexOf(quote)
    return { n: n + 1, front: `Question ${n + 1}?`, back: `Answer ${n + 1}`, quote, start, flags: flagsOf(n + 1) }
  })
  const client = await admin.connect()
  try {
    await client.query(`begin; set local session_replication_role = 'replica'`)
    const generation = await client.query<{ id: string }>({
      text: `insert into public.ai_generations (user_id, account_id, source_text, status, attempts, tokens_input, tokens_output,
               cost_usd, suggestions_count, idempotency_key, request_id, started_at, finished_at)
             values ($1, $6, $2, 'succeeded', 1, 310, 120, 0.00012345, $3, $4, $5, now(), now()) returning id`,
      values: [personId, text, count, `seed-${randomUUID()}`, randomUUID(), accountId],
    })
    const generationId = generation.rows[0]?.id ?? ''
    const suggestions = await client.query<{ id: string }>({
      text: `insert into public.ai_suggestions (generation_id, user_id, account_id, position, front, back, source_quote,
               quote_start, quote_end, flags, fingerprint, written_at)
             select $1::uuid, $2, $4, (r ->> 'n')::int, r ->> 'front', r ->> 'back', r ->> 'quote', (r ->> 'start')::int,
               (r ->> 'start')::int + char_length(r ->> 'quote'), array(select jsonb_array_elements_text(r -> 'flags')),
               md5($1 || (r ->> 'n')), now()
             from jsonb_array_elements($3::jsonb) r order by (r ->> 'n')::int returning id`,
      values: [generationId, personId, JSON.stringify(rows), accountId],
    })
    await client.query('commit')
    return { generationId, ids: suggestions.rows.map(({ id }) => id) }
  } finally {
    client.release()
  }
}
