import { postgrestProgram } from './binaries.ts'
import { READY_CHECK_MS } from './deadlines.ts'
import { type Child, childReady, startChild } from './processes.ts'
import { type SigningKeys, verifierKeySet } from './signing-keys.ts'

type PostgrestOptions = {
  databaseUrl: string
  /** The function that runs before each request; undefined in a database without Recto's migrations. */
  preRequest: string | undefined
  keys: SigningKeys
  port: number
  adminPort: number
  logFile: string
}

/**
 * Starts PostgREST with a hosted project's settings and waits until it has read the schema. Answers undefined on a
 * platform for which npm has no PostgREST.
 * @throws Error with the end of its log when it does not start; it has ended then
 */
export const startPostgrest = async (options: PostgrestOptions): Promise<Child | undefined> => {
  const command = postgrestProgram()
  if (command === undefined) return undefined
  const env = {
    PATH: process.env.PATH,
    PGRST_DB_URI: options.databaseUrl,
    PGRST_DB_SCHEMAS: 'public',
    PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_DB_MAX_ROWS: '1000',
    ...(options.preRequest === undefined ? {} : { PGRST_DB_PRE_REQUEST: options.preRequest }),
    PGRST_DB_POOL: '20',
    PGRST_JWT_SECRET: JSON.stringify(verifierKeySet(options.keys)),
    PGRST_SERVER_HOST: '127.0.0.1',
    PGRST_SERVER_PORT: String(options.port),
    PGRST_ADMIN_SERVER_PORT: String(options.adminPort),
    PGRST_LOG_LEVEL: 'warn',
  }
  const child = await startChild({ name: 'postgrest', command, args: [], env, logFile: options.logFile })
  await childReady(child, {
    title: 'PostgREST',
    isReady: async () => {
      const answer = await fetch(`http://127.0.0.1:${options.adminPort}/ready`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(READY_CHECK_MS),
      }).catch(() => undefined)
      return answer?.ok ?? false
    },
  })
  return child
}
