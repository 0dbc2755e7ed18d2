// Compares what two states of the SQL make of an empty database:
//   npm run compare-schemas -- <old> [<new>] [--verbose]
// Each side is a folder of SQL files, a git revision (its supabase/migrations), or revision:folder. The new side is
// supabase/migrations of this checkout when it is left out. Exits with 1 when there is a difference. Column order is
// not compared.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startThrowaway } from '@recto/local/throwaway'
import pg from 'pg'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const migrations = 'supabase/migrations'
const catalogSql = readFileSync(new URL('./catalog.sql', import.meta.url), 'utf8')

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 })

type SqlFile = { name: string; sql: string }

/** The SQL files of one side, in the order of their names. */
const readSide = (side: string): SqlFile[] => {
  if (existsSync(side)) {
    const names = readdirSync(side).filter((name) => name.endsWith('.sql'))
    return names.sort().map((name) => ({ name, sql: readFileSync(join(side, name), 'utf8') }))
  }
  const [revision = '', folder = migrations] = side.split(':')
  const paths = git('ls-tree', '--name-only', revision, `${folder}/`).split('\n')
  const files = paths.filter((path) => path.endsWith('.sql')).sort()
  return files.map((name) => ({ name, sql: git('show', `${revision}:${name}`) }))
}

/** What the catalog says, by what it says it of. Facts of the same label, such as the rows of a table, stand together. */
type Facts = Map<string, string>

const collect = (facts: { label: string; definition: string }[]): Facts => {
  const byLabel = Map.groupBy(facts, ({ label }) => label)
  const textOf = (group: typeof facts) =>
    group
      .map(({ definition }) => definition)
      .sort()
      .join('\n')
  return new Map([...byLabel].map(([label, group]) => [label, textOf(group)]))
}

// The audit log tells how rows came to be, which two ways to the same rows tell differently.
const rowsSql = `
  select c.oid::regclass::text as "table", (
    select coalesce(array_agg(a.attname), '{}') from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and a.atttypid = 'timestamptz'::regtype
  )::text[] as times
  from pg_class c where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('public', 'recto', 'operator')
    and c.oid <> 'recto.audit_log'::regclass`

/**
 * Builds one side in a database of its own and reads its catalog, and the rows that its migrations insert but for their
 * times.
 */
const build = async (side: string): Promise<Facts> => {
  const files = readSide(side)
  if (files.length === 0) throw new Error(`${side} is no folder or revision with SQL files`)
  const supabase = await startThrowaway({ migrate: false })
  const client = new pg.Client({ connectionString: supabase.databaseUrl })
  try {
    await client.connect()
    for (const { name, sql } of files) {
      await client.query(`begin;\n${sql}\n;commit`).catch((error: Error) => {
        throw new Error(`${side}: ${name}: ${error.message}`)
      })
    }
    await client.query(`set search_path = ''`)
    const { rows: facts } = await client.query<{ label: string; definition: string }>(catalogSql)
    const tables = await client.query<{ table: string; times: string[] }>(rowsSql)
    for (const { table, times } of tables.rows) {
      const rows = await client.query<{ row: string }>(
        `select (to_jsonb(t) - $1::text[])::text as row from ${table} t`,
        [times],
      )
      facts.push(...rows.rows.map(({ row }) => ({ label: `table ${table} rows`, definition: row })))
    }
    return collect(facts)
  } finally {
    await client.end()
    await supabase.stop()
  }
}

const usage =
  'Usage: npm run compare-schemas -- <old> [<new>] [--verbose]: each a folder, a revision, or revision:folder'
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { verbose: { type: 'boolean', default: false } },
})
const [oldSide, newSide = join(root, migrations)] = positionals
if (oldSide === undefined) {
  console.error(usage)
  process.exit(2)
}
const before = await build(oldSide)
const after = await build(newSide)
const labels = [...new Set([...before.keys(), ...after.keys()])].sort()
const differing = labels.filter((label) => before.get(label) !== after.get(label))
for (const label of differing) {
  const [was, is] = [before.get(label), after.get(label)]
  const what = is === undefined ? 'only in old' : was === undefined ? 'only in new' : 'differs'
  console.log(`${what}: ${label}`)
  if (values.verbose) for (const text of [was, is]) console.log(`  ${(text ?? '(none)').replaceAll('\n', '\n  ')}`)
}
console.log(`${differing.length} of ${labels.length} facts differ`)
process.exitCode = differing.length === 0 ? 0 : 1
