import type pg from 'pg'

/** Sets after which time the pages of a search end, for all who search in the database. */
export const setSearchTime = async (admin: pg.Pool, time: string): Promise<void> => {
  const { rows } = await admin.query(`select pg_get_functiondef('recto.page_over'::regproc) as text`)
  const [before, after, ...others] = String(rows[0].text).split(/interval '[^']+'/)
  if (before === undefined || after === undefined || others.length > 0)
    throw new Error('recto.page_over does not have one interval')
  await admin.query(`${before}interval '${time}'${after}`)
}
