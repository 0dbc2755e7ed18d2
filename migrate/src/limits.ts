import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { z } from 'zod'

const changesSchema = z.record(z.string(), z.json())
const limitsSchema = z.strictObject({
  /** Columns of public.plans that differ in this environment, by plan. */
  plans: z.record(z.string(), changesSchema).default({}),
  /** Columns of recto.settings that differ. */
  settings: changesSchema.default({}),
})
export type Limits = z.infer<typeof limitsSchema>

const inLimits = (what: string) => new Error(`RECTO_LIMITS: ${what}`)

/**
 * Reads the file that RECTO_LIMITS names.
 * @throws Error that names RECTO_LIMITS when the file cannot be read or is no such file
 */
export const readLimits = (path: string): Limits => {
  try {
    const parsed = limitsSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    if (parsed.success) return parsed.data
    throw new Error(z.prettifyError(parsed.error))
  } catch (error) {
    throw inLimits(error instanceof Error ? error.message : String(error))
  }
}

type Row = { table: 'public.plans' | 'recto.settings'; key: string; value: string; changes: Record<string, unknown> }

/** Changes columns of one row. A row with these values already stays as it is, so that the audit has no entry of it. */
const changeRow = async (client: pg.Client, { table, key, value, changes }: Row): Promise<void> => {
  const columns = Object.keys(changes).map((column) => client.escapeIdentifier(column))
  if (Object.hasOwn(changes, key)) throw new Error(`${key} cannot be changed`)
  const of = (row: string) => columns.map((column) => `${row}.${column}`).join(', ')
  const { rowCount } = await client.query(`select from ${table} where ${key} = $1`, [value])
  if (rowCount === 0) throw new Error('there is no such plan')
  if (columns.length === 0) return
  await client.query(
    `update ${table} target set ${columns.map((column) => `${column} = wanted.${column}`).join(', ')}
     from jsonb_populate_record(null::${table}, $2) wanted
     where target.${key} = $1 and row(${of('target')}) is distinct from row(${of('wanted')})`,
    [value, JSON.stringify(changes)],
  )
}

/**
 * Sets the limits of an environment in its database, all or none. The rows are the only truth afterwards: SQL may change
 * them, and what the file does not name stays.
 * @throws Error that names RECTO_LIMITS and the row when there is no such plan or column, or a value is not allowed
 */
export const applyLimits = async (client: pg.Client, { plans, settings }: Limits): Promise<void> => {
  const rows: (Row & { at: string })[] = [
    ...Object.entries(plans).map(([name, changes]) => {
      return { at: `plans.${name}`, table: 'public.plans' as const, key: 'name', value: name, changes }
    }),
    { at: 'settings', table: 'recto.settings', key: 'singleton', value: 'true', changes: settings },
  ]
  await client.query('begin')
  for (const row of rows)
    await changeRow(client, row).catch((error: Error) => Promise.reject(inLimits(`${row.at}: ${error.message}`)))
  await client.query('commit')
}
