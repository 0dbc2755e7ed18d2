import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = dirname(dirname(import.meta.dirname))

/** A migration as `supabase_migrations.schema_migrations` has it. */
export type AppliedMigration = { version: string; name: string }

/** The migrations of Recto, in the order of their names. */
export const migrationsFolder = join(root, 'supabase', 'migrations')

/**
 * Applies the migrations that a database lacks, by the Supabase CLI. The CLI refuses a database with a migration that it
 * has no file of, so it gets empty files for `others`, which it does not apply again.
 * @throws Error with what the CLI printed
 */
export const pushMigrations = (url: string, others: AppliedMigration[]): void => {
  // Arguments are seen by everybody who can list processes, the environment is not.
  const remote = new URL(url)
  const password = decodeURIComponent(remote.password)
  remote.password = ''
  const workdir = mkdtempSync(join(tmpdir(), 'recto-migrate-'))
  try {
    cpSync(join(root, 'supabase'), join(workdir, 'supabase'), { recursive: true })
    for (const { version, name } of others)
      writeFileSync(
        join(workdir, 'supabase', 'migrations', `${version}_${name.replace(/\W/g, '_') || 'other'}.sql`),
        '',
      )
    const { status, stdout, stderr } = spawnSync(
      'supabase',
      // An app's migrations may be newer than the ones that are applied now.
      ['db', 'push', `--remote=${remote}`, '--include-all', '--yes', '--workdir', workdir],
      { cwd: root, encoding: 'utf8', env: { ...process.env, ...(password ? { PGPASSWORD: password } : {}) } },
    )
    if (status !== 0) throw new Error(`supabase db push failed:\n${stdout}${stderr}`)
  } finally {
    rmSync(workdir, { recursive: true })
  }
}
