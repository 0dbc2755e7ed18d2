import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Db } from 'pg-boss'

/** A pool, or one connection of it inside a transaction. */
type Connection = { query(config: pg.QueryConfig): Promise<pg.QueryResult> }

const names = new Map<string, string>()

/** pg-boss builds a few large statements from constant text: named, each is planned once per connection and not once per call. */
const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= 100) return known
  const name = `boss_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  names.set(text, name)
  return name
}

/** Lets pg-boss run on a connection of ours: `boss.send(queue, data, { db: bossOn(tx) })` joins the transaction. */
export const bossOn = (connection: Connection): Db => ({
  executeSql: (text, values) => {
    // Without values it may be several statements in one text, which cannot be named.
    const name = values?.length ? nameOf(text) : undefined
    return connection.query({ text, ...(name ? { name } : {}), ...(values ? { values } : {}) })
  },
})
