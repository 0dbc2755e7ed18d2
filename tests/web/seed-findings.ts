import type { System } from '../support/system.ts'

type SeededFinding = {
  path: string
  start_line: number
  end_line?: number
  quote: string
  category?: string
  level?: string
  title: string
  message?: string
  replacement?: string
  flags?: string[]
}

type SeededReview = {
  files: { path: string; content: string }[] | null
  findings?: SeededFinding[]
  summary?: string
  /** How many findings the checks have dropped, by reason. */
  dropped?: Record<string, number>
  /** A team's or the person's own. */
  accountId?: string
}

/** Adds a finished code review of a person. Writes as superuser without triggers, so that no limit applies. */
export const seedFindings = async (
  { admin }: Pick<System, 'admin'>,
  personId: string,
  { files, findings = [], summary = 'Read.', dropped = {}, accountId = personId }: SeededReview,
): Promise<string> => {
  const client = await admin.connect()
  try {
    await client.query(`begin; set local session_replication_role = 'replica'`)
    const { rows } = await client.query<{ id: string }>({
      text: `insert into public.ai_generations (user_id, account_id, kind, input, prompt_version, output, status, attempts, cost_usd,
               ai_metadata, started_at, finished_at)
             values ($1, $2, 'code_review', $3, 'code_review@1', $4, 'succeeded', 1, 0.00012345, $5, now(), now()) returning id`,
      values: [personId, accountId, files && { files }, files && { summary }, { dropped }],
    })
    const id = rows[0]?.id ?? ''
    await client.query({
      text: `insert into public.ai_findings (generation_id, user_id, account_id, position, path, start_line, end_line, quote, category,
               level, title, message, replacement, flags, fingerprint, written_at)
             select $1, $2, $3, n, f ->> 'path', (f ->> 'start_line')::int, coalesce(f ->> 'end_line', f ->> 'start_line')::int,
               f ->> 'quote', coalesce(f ->> 'category', 'bug'), coalesce(f ->> 'level', 'warning'), f ->> 'title',
               coalesce(f ->> 'message', 'Look.'), f ->> 'replacement',
               array(select jsonb_array_elements_text(coalesce(f -> 'flags', '[]'))), 'f' || n, now()
             from jsonb_array_elements($4::jsonb) with ordinality as all_findings (f, n)`,
      values: [id, personId, accountId, JSON.stringify(findings)],
    })
    await client.query('commit')
    return id
  } finally {
    client.release()
  }
}

/** Two files, and three findings that the page shows in the order `First`, `Second`, `Third`. */
export const twoFiles = {
  files: [
    { path: 'src/b.ts', content: '// 😀\r\nexport const same = (a, b) =>\r\n  a == b\r\n' },
    { path: 'src/a.sql', content: 'select 1;\nselect *\nfrom cards;\n' },
  ],
  findings: [
    { path: 'src/a.sql', start_line: 2, end_line: 3, quote: 'select *\nfrom cards;', title: 'Third', level: 'note' },
    {
      path: 'src/b.ts',
      start_line: 3,
      quote: '  a == b',
      title: 'Second',
      replacement: '  a === b',
      flags: ['line_corrected'],
    },
    {
      path: 'src/b.ts',
      start_line: 2,
      quote: 'export const same = (a, b) =>',
      title: 'First',
      level: 'error',
      category: 'style',
    },
  ],
} satisfies SeededReview
