import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Db } from 'pg-boss'
import type { Answer } from './database.ts'

/** A pool, or one connection of it inside a transaction. */
type Connection = { query(config: pg.QueryConfig): Promise<Answer> }

const names = new Map<string, string>()

/**
 * A name for a statement of pg-boss. pg-boss builds a few large statements from constant text; with a name, Postgres
 * plans each once per connection.
 */
const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= 100) return known
  const name = `boss_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  names.set(text, name)
  return name
}

/** Runs pg-boss on a connection of Recto's: `boss.send(queue, data, { db: bossOn(tx) })` joins the transaction. */
export const bossOn = (connection: Connection): Db => ({
  executeSql: (text, values) => {
    // A text without values may hold several statements, which cannot have a name.
    const name = values?.length ? nameOf(text) : undefined
    return connection.query({ text, ...(name ? { name } : {}), ...(values ? { values } : {}) })
  },
})
