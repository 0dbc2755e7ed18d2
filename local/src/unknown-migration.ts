import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { libpqUrl } from '@recto/shared/libpq-url'
import { Client } from 'pg'
import { projectRoot } from './home.ts'

/** The first migration of a Recto database that has no file in supabase/migrations; undefined when all have one. */
export const unknownMigration = async (databaseUrl: string): Promise<string | undefined> => {
  const files = readdirSync(join(projectRoot, 'supabase', 'migrations'))
  const known = files.map((name) => name.replace(/_.*/, ''))
  const client = new Client({ connectionString: libpqUrl(databaseUrl) })
  await client.connect()
  try {
    const { rows } = await client.query<{ migrated: boolean }>(
      `select to_regnamespace('recto') is not null and to_regclass('supabase_migrations.schema_migrations') is not null as migrated`,
    )
    if (!rows[0]?.migrated) return undefined
    const unknown = await client.query<{ version: string }>(
      'select version from supabase_migrations.schema_migrations where version <> all ($1) order by version limit 1',
      [known],
    )
    return unknown.rows[0]?.version
  } finally {
    await client.end()
  }
}
