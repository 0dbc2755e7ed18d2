import type { System } from './system.ts'

/** All rows of all tables as text, by table, as in a dump of the database. Includes tables of pg-boss and Supabase. */
export const dump = async ({ admin }: Pick<System, 'admin'>): Promise<Map<string, string[]>> => {
  const { rows } = await admin.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r'
       and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
  )
  const tables = new Map<string, string[]>()
  for (const { name } of rows) {
    const { rows } = await admin.query<{ row: string }>(`select t::text as row from ${name} t`)
    tables.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return tables
}

/** The number of rows that hold one of the words, by table. Tables without such rows are left out. */
export const countWords = (tables: Map<string, string[]>, words: string[]): Record<string, number> => {
  const lower = words.map((word) => word.toLowerCase())
  const holds = (row: string) => lower.some((word) => row.toLowerCase().includes(word))
  const counts = [...tables].map(([name, rows]): [string, number] => [name, rows.filter(holds).length])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
