import type pg from 'pg'

/** Counts of suggestions and findings as plain SQL has them, by kind and a column or, without one, of all of a kind. */
export type PlainOutcomes = Record<string, unknown> & { kind: string; key: string | null }

const columns = {
  prompt_version: 'g.prompt_version',
  language: `lower(g.options ->> 'language')`,
  flag: 'f.flag',
  model: 'c.model',
}

const reasons = ['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'not_relevant', 'intended', 'other']

const counts = `count(*)::int as suggestions, count(*) filter (where s.status = 'proposed')::int as proposed,
  count(*) filter (where s.status = 'accepted')::int as accepted, count(*) filter (where s.edited)::int as edited,
  count(*) filter (where s.status = 'rejected')::int as rejected,
  jsonb_build_object(${reasons.map((r) => `'${r}', count(*) filter (where s.reject_reason = '${r}')`)}) as reject_reasons,
  round(count(*) filter (where s.status = 'accepted')::numeric / nullif(count(*) filter (where s.status <> 'proposed'), 0), 4)::float8
    as acceptance_rate`

/**
 * What people decided about the suggestions and findings of an account from a day to a day (YYYY-MM-DD in UTC, both
 * included), from the tables alone. Holds while no row was deleted.
 */
export const plainOutcomes = async (
  admin: pg.Pool,
  account: string,
  [from, to]: [string, string],
  by?: keyof typeof columns,
): Promise<PlainOutcomes[]> => {
  const { rows } = await admin.query<PlainOutcomes>(
    `select g.kind, ${by ? columns[by] : 'null::text'} as key, ${counts}
     from public.ai_generations g join (
       select generation_id, status, edited, reject_reason, flags from public.ai_suggestions
       union all select generation_id, status, false, reject_reason, flags from public.ai_findings
     ) s on s.generation_id = g.id
     ${by === 'flag' ? 'left join lateral unnest(s.flags) f (flag) on true' : ''}
     where g.account_id = $1 and (g.created_at at time zone 'UTC')::date between $2 and $3 group by 1, 2 order by 1, 2`,
    [account, from, to],
  )
  return rows
}

/**
 * Spreads the suggestions of generations over two prompt versions, two languages and none, three sets of flags, and all
 * reasons of rejection.
 */
export const varyOutcomes = async (admin: pg.Pool, generationIds: string[]): Promise<void> => {
  await admin.query(
    `update public.ai_generations g set prompt_version = 'flashcards@' || 1 + v.n % 2,
       options = case v.n % 3 when 0 then '{}' when 1 then '{"language": "pl"}' else '{"language": "DE"}' end::jsonb
     from unnest($1::uuid[]) with ordinality v (id, n) where g.id = v.id`,
    [generationIds],
  )
  await admin.query(
    `update public.ai_suggestions s set
       flags = case s.position % 3 when 0 then '{}' when 1 then '{yes_no}' else '{yes_no,leaks_answer}' end::text[],
       reject_reason = case when s.status = 'rejected'
         then (array['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other'])[1 + v.n % 6] end,
       status = case when v.n % 4 = 0 and s.status = 'accepted' and not s.edited then 'proposed' else s.status end
     from unnest($1::uuid[]) with ordinality v (id, n) where s.generation_id = v.id`,
    [generationIds],
  )
}

/**
 * Adds code reviews to a day of a person in an account, each with six findings of all outcomes. Triggers are off. Returns
 * the ids of the generations.
 */
export const seedReviews = async (
  admin: pg.Pool,
  { person, account = person, day, count }: { person: string; account?: string; day: string; count: number },
): Promise<string[]> => {
  const client = await admin.connect()
  try {
    await client.query("begin; set local session_replication_role = 'replica'")
    const { rows } = await client.query<{ id: string }>(
      `insert into public.ai_generations (user_id, account_id, kind, input, prompt_version, options, output, status, attempts,
         created_at, started_at, finished_at)
       select $1, $2, 'code_review', '{"source_code": "a()"}', 'code_review@1',
         case n % 2 when 0 then '{}' else '{"language": "PL"}' end::jsonb, '{"summary": "Remarks."}', 'succeeded', 1, at, at, at
       from generate_series(1, $4::integer) n, lateral (select $3::date::timestamp at time zone 'UTC' + n * interval '1 s' as at) t
       returning id`,
      [person, account, day, count],
    )
    const ids = rows.map(({ id }) => id)
    await client.query(
      `insert into public.ai_findings (generation_id, user_id, account_id, written_at, position, path, start_line, end_line, quote,
         category, level, title, message, flags, fingerprint, status, reject_reason, reviewed_at)
       select g.id, g.user_id, g.account_id, g.created_at, n, 'source_code', 1, 1, 'a()', 'bug', 'note', 'Title', 'Message.',
         case n % 2 when 0 then '{}' else '{outside_diff}' end::text[], n, t.status,
         case t.status when 'rejected' then (array['wrong', 'not_relevant', 'intended', 'duplicate', 'unclear', 'other'])[
           1 + (n + extract(second from g.created_at)::integer) % 6] end,
         case when t.status <> 'proposed' then g.created_at end
       from public.ai_generations g, generate_series(1, 6) n,
         lateral (select (array['proposed', 'accepted', 'rejected', 'rejected', 'rejected', 'accepted'])[n] as status) t
       where g.id = any ($1)`,
      [ids],
    )
    await client.query('commit')
    return ids
  } finally {
    client.release()
  }
}
