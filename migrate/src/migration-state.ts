import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { libpqUrl } from '@recto/shared/libpq-url'
import { Client } from 'pg'
import { type AppliedMigration, migrationsFolder } from './push-migrations.ts'

/** How a database stands to the files in supabase/migrations. */
export type MigrationState = {
  /** Whether it has a Recto that none of these files made. */
  unreleased: boolean
  /** Whether there is a file that was not applied. */
  pending: boolean
  /** Applied migrations that are no file of Recto, such as those of the app that the project belongs to. */
  others: AppliedMigration[]
  /** Tables of the app that have the names of Recto's, where Recto is not installed yet: `public.plans`. */
  taken: string[]
}

const versionOf = (file: string): string => file.replace(/_.*/, '')

/** The tables that the migrations create in the schema that an app has its own in. */
const publicTables = (files: string[]): string[] =>
  files.flatMap((file) =>
    [...readFileSync(join(migrationsFolder, file), 'utf8').matchAll(/^create table (public\.\w+)/gm)].map(
      ([, table = '']) => table,
    ),
  )

const readApplied = async (client: Client): Promise<AppliedMigration[]> => {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regclass('supabase_migrations.schema_migrations') is not null as exists`,
  )
  if (!rows[0]?.exists) return []
  const applied = await client.query<AppliedMigration>(
    // The CLI adds the column "name" to tables of its older versions.
    `select version, coalesce(to_jsonb(m) ->> 'name', '') as name from supabase_migrations.schema_migrations m order by version`,
  )
  return applied.rows
}

/** Reads how the database at an address stands to the files in supabase/migrations. It changes nothing. */
export const migrationState = async (databaseUrl: string): Promise<MigrationState> => {
  const files = readdirSync(migrationsFolder).sort()
  const versions = files.map(versionOf)
  const client = new Client({ connectionString: libpqUrl(databaseUrl) })
  await client.connect()
  try {
    const applied = await readApplied(client)
    const { rows } = await client.query<{ installed: boolean; taken: string[] }>(
      `select to_regnamespace('recto') is not null as installed,
         array(select name from unnest($1::text[]) as name where to_regclass(name) is not null order by name) as taken`,
      [publicTables(files)],
    )
    const { installed = false, taken = [] } = rows[0] ?? {}
    const isApplied = (version: string | undefined) => applied.some((migration) => migration.version === version)
    return {
      unreleased: installed && !isApplied(versions[0]),
      pending: versions.some((version) => !isApplied(version)),
      others: applied.filter(({ version }) => !versions.includes(version)),
      taken: installed ? [] : taken,
    }
  } finally {
    await client.end()
  }
}
