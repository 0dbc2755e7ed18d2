import type pg from 'pg'

/** Sets after which time the pages of a search end, and after which time of one step, for all who search in the database. */
export const setSearchTime = async (admin: pg.Pool, time: string): Promise<void> => {
  const { rows } = await admin.query(`select pg_get_functiondef('recto.page_over'::regproc) as text`)
  const parts = String(rows[0].text).split(/interval '[^']+'/)
  if (parts.length < 2) throw new Error('recto.page_over has no interval')
  await admin.query(parts.join(`interval '${time}'`))
}
