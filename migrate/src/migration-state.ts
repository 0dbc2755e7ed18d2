import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { libpqUrl } from '@recto/shared/libpq-url'
import { Client } from 'pg'

const folder = join(dirname(dirname(import.meta.dirname)), 'supabase', 'migrations')

/**
 * How a database stands to the files in supabase/migrations. `unknown`: the first migration of a Recto database that has
 * no file. `pending`: whether there is a file that was not applied.
 */
export type MigrationState = { unknown: string | undefined; pending: boolean }

export const migrationState = async (databaseUrl: string): Promise<MigrationState> => {
  const files = readdirSync(folder).map((name) => name.replace(/_.*/, ''))
  const client = new Client({ connectionString: libpqUrl(databaseUrl) })
  await client.connect()
  try {
    const { rows } = await client.query<{ migrated: boolean }>(
      `select to_regnamespace('recto') is not null and to_regclass('supabase_migrations.schema_migrations') is not null as migrated`,
    )
    if (!rows[0]?.migrated) return { unknown: undefined, pending: true }
    const { rows: applied } = await client.query<{ version: string }>(
      'select version from supabase_migrations.schema_migrations order by version',
    )
    const versions = applied.map(({ version }) => version)
    return {
      unknown: versions.find((version) => !files.includes(version)),
      pending: files.some((version) => !versions.includes(version)),
    }
  } finally {
    await client.end()
  }
}
