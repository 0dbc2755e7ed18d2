import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { z } from 'zod'
import { startSystem } from '../support/system.ts'
import { addPeople, withoutTriggers } from './backlog.ts'
import { answered, called, growing, pending, results, running, succeeded } from './growing-rows.ts'
import { ms } from './numbers.ts'
import { context, type Part, type Row } from './row.ts'
import { measureCpu } from './spent.ts'

const batch = 5_000
const groups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** Prose: the documentation of this project. Random letters would not be compressed as texts are. */
const prose = (): string => {
  const docs = new URL('../../docs/', import.meta.url)
  const files = readdirSync(docs).filter((name) => name.endsWith('.md'))
  return files.map((name) => readFileSync(new URL(name, docs), 'utf8')).join('\n')
}

/** Adds so many generations that have lived, with all that they leave. Space is freed on the way, as by an autovacuum. */
const fill = async (admin: pg.Pool, count: number): Promise<void> => {
  const text = prose()
  await addPeople(admin, 1 + count / 20)
  for (let from = 0; from < count; from += batch) {
    await withoutTriggers(admin, async (tx) => {
      await tx.query({ text: pending, values: [batch, text, from] })
    })
    for (const step of [running, called, answered, succeeded])
      await withoutTriggers(admin, async (tx) => {
        await tx.query(step)
      })
    await admin.query('vacuum public.ai_generations, public.ai_calls')
  }
  for (const statement of results)
    await withoutTriggers(admin, async (tx) => {
      await tx.query(statement)
    })
  await admin.query('vacuum analyze')
}

const Relation = z.object({
  name: z.string(),
  kind: z.enum(['heap', 'texts', 'btree', 'gin', 'brin']),
  bytes: z.coerce.number(),
})
type Relation = z.infer<typeof Relation>

const relations = `
  select 'rows' as name, 'heap' as kind, pg_relation_size(t.oid) as bytes from pg_class t where t.oid = $1::regclass
  union all
  select 'texts', 'texts', pg_total_relation_size(t.reltoastrelid) from pg_class t where t.oid = $1::regclass and t.reltoastrelid <> 0
  union all
  select c.relname, a.amname, pg_relation_size(c.oid)
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam where i.indrelid = $1::regclass`

/** An entry above the leaves has a key of up to three columns. */
const entriesOfPage = 100

/** How many pages a look-up in a B-tree reads at most, when it has so many times the rows. */
const depthAt = ({ bytes }: Relation, factor: number): number =>
  1 + Math.max(1, Math.ceil(Math.log((bytes / 8_192) * factor) / Math.log(entriesOfPage)))

const writeIndex = (relation: Relation, rows: number): string => {
  const depth = relation.kind === 'btree' ? `, ${depthAt(relation, 1e6 / rows)}/${depthAt(relation, 1e9 / rows)}` : ''
  return `${relation.name} ${(relation.bytes / rows).toFixed(relation.kind === 'brin' ? 2 : 0)}${depth}`
}

const measureTable = async (admin: pg.Pool, table: string): Promise<Row> => {
  const { rows: counted } = await admin.query<{ count: number }>(`select count(*)::integer as count from ${table}`)
  const count = counted[0]?.count ?? 0
  const found = z.array(Relation).parse((await admin.query(relations, [table])).rows)
  const perRow = (kind: Relation['kind']) =>
    found.filter((one) => one.kind === kind).reduce((n, { bytes }) => n + bytes, 0) / count
  const all = found.reduce((sum, { bytes }) => sum + bytes, 0) / count
  const indexes = found.filter(({ kind }) => kind !== 'heap' && kind !== 'texts')
  const parts = `row ${groups.format(perRow('heap'))}, texts ${groups.format(perRow('texts'))}, ${indexes.map((one) => writeIndex(one, count)).join('; ')}`
  return context({
    what: `${table}, ${groups.format(count)} rows`,
    recto: `${groups.format(all)} bytes`,
    against: parts,
  })
}

/** What the deletion of what is too old costs the database, for each row. */
const prunings = [
  { what: 'a text', call: 'recto.drop_texts(90, 500)' },
  { what: 'a generation with eight suggestions', call: 'recto.drop_generations(90, 500)' },
  { what: 'a call', call: 'recto.drop_calls(90, 500)' },
  { what: 'a delivery to a webhook', call: 'recto.drop_deliveries(90, 500)' },
]

const measurePruning = async (admin: pg.Pool, { what, call }: (typeof prunings)[number]): Promise<Row> => {
  const client = await admin.connect()
  await client.query(`set application_name = 'pruning'`)
  const drop = async () => {
    const { rows } = await client.query<{ done: number }>(`select ${call} as done`)
    return rows[0]?.done ?? 0
  }
  await drop()
  const used = await measureCpu(admin, { pid: [], name: 'pruning' }, async () => {
    let done = 0
    for (let round = 0; round < 4; round++) done += await drop()
    return done
  })
  client.release(true)
  return context({ what: `CPU to drop ${what}`, recto: ms(used), against: `in batches of 500` })
}

/** What a vacuum costs that has deleted rows to remove from each index, for each row of the table that is left. */
const measureVacuum = async (admin: pg.Pool, table: string): Promise<Row> => {
  const { rows } = await admin.query<{ count: number }>(`select count(*)::integer as count from ${table}`)
  const client = await admin.connect()
  await client.query(`set application_name = 'vacuum'`)
  const used = await measureCpu(admin, { pid: [], name: 'vacuum' }, async () => {
    await client.query(`vacuum (index_cleanup on, parallel 0) ${table}`)
    return (rows[0]?.count ?? 0) / 1_000
  })
  client.release(true)
  return context({ what: `CPU of a vacuum of ${table}`, recto: `${used.toFixed(2)} µs`, against: 'a row that is left' })
}

/**
 * Measures the bytes of a row and of its entry in each index, for every table that grows, and what pruning and a vacuum
 * cost.
 */
export const sizes: Part = async ({ full, say }) => {
  const system = await startSystem({ durable: true })
  const { admin } = system
  try {
    await fill(admin, full ? 100_000 : 20_000)
    say('sizes: the rows are there')
    const rows: Row[] = []
    for (const table of growing) rows.push(await measureTable(admin, table))
    for (const one of prunings) rows.push(await measurePruning(admin, one))
    for (const table of ['public.ai_generations', 'public.ai_suggestions']) rows.push(await measureVacuum(admin, table))
    return rows
  } finally {
    await system.stop()
  }
}
