import type { Cell } from './cells.ts'
import type { MovedTable } from './tables.ts'

/** The columns of a table that are copied, and their types. Others are made anew: identities, and what is generated. */
export const columnsOf = async ({ db }: Cell, name: string): Promise<{ column: string; type: string }[]> => {
  const { rows } = await db.query<{ column: string; type: string }>(
    `select quote_ident(attname) as column, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
     order by attname`,
    [name],
  )
  return rows
}

/**
 * The number of rows of a group, and a sum over their contents. Equal sums in two cells mean equal rows, money and all.
 */
export const digest = async ({ db }: Cell, { name, owner }: MovedTable, columns: string[], group: string[]) => {
  const { rows } = await db.query<{ digest: string }>(
    `select count(*) || ' rows ' || coalesce(sum(hashtextextended(row(${columns.join(', ')})::text, 0)::numeric), 0) as digest
     from ${name} where ${owner} = any ($1)`,
    [group],
  )
  return rows[0]?.digest ?? ''
}

export const removeRows = async ({ db }: Cell, tables: readonly MovedTable[], group: string[]): Promise<void> => {
  for (const { name, owner } of tables.toReversed())
    await db.query(`delete from ${name} where ${owner} = any ($1)`, [group])
}
