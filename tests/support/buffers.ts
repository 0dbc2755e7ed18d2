import type pg from 'pg'
import { z } from 'zod'

const Plans = z.tuple([
  z.object({
    Plan: z.looseObject({ 'Actual Rows': z.number(), 'Shared Hit Blocks': z.int(), 'Shared Read Blocks': z.int() }),
  }),
])

/** Runs a query, and answers how many rows it finds and how many blocks Postgres reads for them. */
export const countBlocks = async (
  client: pg.Client,
  query: { text: string; values?: unknown[] },
): Promise<{ rows: number; blocks: number }> => {
  // The first run also reads the catalog.
  await client.query(query)
  const explained = await client.query({ ...query, text: `explain (analyze, buffers, format json) ${query.text}` })
  const [{ Plan: plan }] = Plans.parse(explained.rows[0]['QUERY PLAN'])
  return { rows: plan['Actual Rows'], blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] }
}
