import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The checkout this code stands in: migrations, scripts and processes are found from here. */
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

/** What a running system tells the commands and the tests; `pids` is empty when it stands still. */
export type LocalInfo = z.infer<typeof localInfoSchema>

export type Home = { dir: string; logs: string; lock: string; local: string; secrets: string; ports: string }

/** The files of one RECTO_HOME, by name. The folder is made when missing. */
export const openHome = (dir: string): Home => {
  const full = resolve(projectRoot, dir)
  if (!existsSync(full)) {
    mkdirSync(full, { recursive: true })
    // Postgres runs as another user when the launcher is root: it has to pass through, whatever the umask.
    chmodSync(full, 0o711)
  }
  mkdirSync(join(full, 'logs'), { recursive: true, mode: 0o700 })
  const file = (name: string) => join(full, name)
  return {
    dir: full,
    logs: file('logs'),
    lock: file('lock'),
    local: file('local.json'),
    secrets: file('secrets.json'),
    ports: file('ports.json'),
  }
}

/** The RECTO_HOME of the environment, `.recto` in the checkout by default. */
export const homeDir = (env: NodeJS.ProcessEnv): string => env.RECTO_HOME || join(projectRoot, '.recto')

/** Writes a file that only its owner reads, whole or not at all. */
export const writePrivate = (file: string, value: unknown): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Reads local.json; undefined when no system was started in this home yet. Throws when the file is damaged. */
export const readLocalInfo = (file: string): LocalInfo | undefined =>
  existsSync(file) ? localInfoSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined

export const writeLocalInfo = (file: string, info: LocalInfo): void => writePrivate(file, info)
