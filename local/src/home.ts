import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The root folder of the checkout, from which migrations, scripts and processes are found. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const localInfoSchema = z.object({
  api_url: z.string().nullable(),
  supabase_url: z.string(),
  publishable_key: z.string(),
  database_url: z.string(),
  api_database_url: z.string(),
  worker_database_url: z.string(),
  worker_url: z.string().nullable(),
  model_url: z.string().nullable(),
  data_dir: z.string().nullable(),
  pids: z.record(z.string(), z.number().int().positive()),
})

/** The contents of local.json, by which commands and tests find the system. `pids` is empty while it is stopped. */
export type LocalInfo = z.infer<typeof localInfoSchema>

export type Home = { dir: string; logs: string; lock: string; local: string; secrets: string; ports: string }

/** The paths of the files in a RECTO_HOME. The folder is made when missing. */
export const openHome = (dir: string): Home => {
  const full = resolve(projectRoot, dir)
  if (!existsSync(full)) {
    mkdirSync(full, { recursive: true })
    // Under root, Postgres runs as another user, which has to pass through this folder whatever the umask is.
    chmodSync(full, 0o711)
  }
  mkdirSync(join(full, 'logs'), { recursive: true, mode: 0o700 })
  const file = (name: string) => join(full, name)
  return {
    dir: full,
    logs: file('logs'),
    lock: file('lock.db'),
    local: file('local.json'),
    secrets: file('secrets.json'),
    ports: file('ports.json'),
  }
}

/** The path of RECTO_HOME, by default `.recto` in the checkout. */
export const homeDir = (env: NodeJS.ProcessEnv): string => env.RECTO_HOME || join(projectRoot, '.recto')

/** Writes a JSON file that only its owner can read. A crash leaves the old contents or the new, never a part. */
export const writePrivate = (file: string, value: unknown): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/**
 * Reads local.json; undefined when no system was ever started in this home.
 * @throws z.ZodError or SyntaxError when the file is damaged
 */
export const readLocalInfo = (file: string): LocalInfo | undefined =>
  existsSync(file) ? localInfoSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined

export const writeLocalInfo = (file: string, info: LocalInfo): void => writePrivate(file, info)
