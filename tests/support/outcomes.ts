import type pg from 'pg'

/** Counts of suggestions as plain SQL has them, by a column or, without one, of all. */
export type PlainOutcomes = Record<string, unknown> & { key: string | null }

const columns = {
  prompt_version: 'g.prompt_version',
  language: `lower(g.options ->> 'language')`,
  flag: 'f.flag',
  model: 'c.model',
}

const counts = `count(*)::int as suggestions, count(*) filter (where s.status = 'proposed')::int as proposed,
  count(*) filter (where s.status = 'accepted')::int as accepted, count(*) filter (where s.edited)::int as edited,
  count(*) filter (where s.status = 'rejected')::int as rejected,
  jsonb_object(array['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other'],
    array(select count(*) filter (where r = reason)::text from unnest(array_agg(s.reject_reason)) r right join
      unnest(array['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other']) with ordinality t (reason, n) on true
      group by reason, n order by n)) as reasons,
  round(count(*) filter (where s.status = 'accepted')::numeric / nullif(count(*) filter (where s.status <> 'proposed'), 0), 4)::float8
    as acceptance_rate`

/**
 * What people decided about the suggestions of an account from a day to a day (YYYY-MM-DD in UTC, both included), from
 * the tables alone. Holds while no row was deleted.
 */
export const plainOutcomes = async (
  admin: pg.Pool,
  account: string,
  [from, to]: [string, string],
  by?: keyof typeof columns,
): Promise<PlainOutcomes[]> => {
  const { rows } = await admin.query<PlainOutcomes & { reasons: Record<string, string> }>(
    `select ${by ? columns[by] : 'null::text'} as key, ${counts}
     from public.ai_generations g join public.ai_suggestions s on s.generation_id = g.id
     ${by === 'flag' ? 'left join lateral unnest(s.flags) f (flag) on true' : ''}
     where g.account_id = $1 and (g.created_at at time zone 'UTC')::date between $2 and $3 group by 1`,
    [account, from, to],
  )
  return rows.map(({ reasons, ...row }) => ({
    ...row,
    reject_reasons: Object.fromEntries(Object.entries(reasons).map(([reason, count]) => [reason, Number(count)])),
  }))
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
