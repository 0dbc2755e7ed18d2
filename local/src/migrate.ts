import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { migrationState } from '@recto/migrate/migration-state'
import { projectRoot } from './home.ts'

const run = promisify(execFile)

/** The files that decide what migrating leads to, and the versions of the packages that it runs (`pnpm-workspace.yaml`). */
const sources = [
  'migrate/src/*.ts',
  'shared/src/queue.ts',
  'shared/src/models.json',
  'shared/src/kinds/**/*.ts',
  'pnpm-workspace.yaml',
  'supabase/config.toml',
  'supabase/migrations/*.sql',
]

export const migrationSources = (): string[] =>
  globSync(sources, { cwd: projectRoot, exclude: ['**/*.test.ts'] }).toSorted()

/** Names the state that migrating leads to. `limits` is the path of a file with limits. */
export const migrationStamp = (limits?: string): string => {
  const hash = createHash('sha256')
  for (const file of migrationSources()) hash.update(`/${file}`).update(readFileSync(join(projectRoot, file)))
  if (limits && existsSync(limits)) hash.update(readFileSync(limits))
  return hash.digest('hex')
}

export type MigrateOptions = {
  databaseUrl: string
  apiPassword: string | undefined
  workerPassword: string | undefined
  /** The path of a file with limits of this environment (RECTO_LIMITS). */
  limits: string | undefined
}

/**
 * Runs `npm run migrate`'s script against a database.
 * @throws Error with what the script printed when it fails
 */
export const migrate = async ({ databaseUrl, apiPassword, workerPassword, limits }: MigrateOptions): Promise<void> => {
  const env = {
    ...process.env,
    // The Supabase CLI is a package of the project; a caller that did not come through npm has it not in its PATH.
    PATH: [join(projectRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    DATABASE_URL: databaseUrl,
    RECTO_LIMITS: limits ?? '',
    ...(apiPassword === undefined ? {} : { RECTO_API_PASSWORD: apiPassword }),
    ...(workerPassword === undefined ? {} : { RECTO_WORKER_PASSWORD: workerPassword }),
  }
  const script = join(projectRoot, 'migrate', 'src', 'main.ts')
  await run(process.execPath, [script], { cwd: projectRoot, env }).catch(
    (error: { stdout?: string; stderr?: string }) => {
      throw new Error(`the migrations failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`)
    },
  )
}

const stampOf = (dataDir: string): string => join(dataDir, 'recto.migrated')

/** Whether the database of a data directory has Recto's schema. */
export const isMigrated = (dataDir: string): boolean => existsSync(stampOf(dataDir))

/**
 * Migrates the database of a data directory, unless the stamp in it says that this very state was reached already.
 * @throws Error before anything is changed, when the data is of a version of Recto whose migrations are not here
 */
export const migrateOnce = async (dataDir: string, options: MigrateOptions): Promise<void> => {
  const stampFile = stampOf(dataDir)
  const stamp = migrationStamp(options.limits)
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  if ((await migrationState(options.databaseUrl)).unreleased) {
    throw new Error(
      `The data in ${dataDir} was made by an unreleased version of Recto: move that directory away or delete it, then start again.`,
    )
  }
  await migrate(options)
  writeFileSync(stampFile, stamp)
}
