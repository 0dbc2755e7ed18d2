import { httpUrl, parseEnv, postgresUrl } from '@recto/shared/env'
import { z } from 'zod'
import type { Home } from './home.ts'
import { migrate } from './migrate.ts'
import type { Child } from './processes.ts'
import { loadSecrets } from './secrets.ts'
import { startSupabase } from './supabase.ts'

/** The Supabase that the processes run against: one of our own, or one that the environment names. */
export type SupabaseProject = {
  supabaseUrl: string
  publishableKey: string
  databaseUrl: string
  apiDatabaseUrl: string
  workerDatabaseUrl: string
  /** Null for a Supabase that is not ours. */
  dataDir: string | null
  /** Seconds -> a token for a person by name; undefined where tokens come from elsewhere. */
  tokenFor: ((name: string, expiresIn: number) => Promise<string>) | undefined
  children: () => Child[]
  onUnexpectedExit: (listener: (child: Child) => void) => void
  stop: () => Promise<void>
}

/** The same connection string for another role; a pooler's project suffix (`postgres.abcd`) goes with it. */
export const urlForRole = (databaseUrl: string, role: string, password: string): string => {
  const url = new URL(databaseUrl)
  url.username = decodeURIComponent(url.username).replace(/^[^.]*/, role)
  url.password = password
  return url.href
}

/** Starts the local Supabase of a home. */
export const startLocalProject = async (home: Home): Promise<SupabaseProject> => {
  const supabase = await startSupabase({ home: home.dir })
  return {
    ...supabase,
    tokenFor: async (name, expiresIn) => {
      const { id, email } = await supabase.addPerson(name)
      return supabase.issueToken({ sub: id, email, expiresIn })
    },
  }
}

/**
 * Migrates the Supabase that the environment names. Without API_DATABASE_URL and WORKER_DATABASE_URL the two roles get
 * RECTO_API_PASSWORD and RECTO_WORKER_PASSWORD, or passwords that are kept in the home. Throws, naming the variables, when the environment is not complete.
 */
export const prepareExternalProject = async (home: Home, environment: NodeJS.ProcessEnv): Promise<SupabaseProject> => {
  const env = parseEnv(
    {
      SUPABASE_URL: httpUrl,
      SUPABASE_PUBLISHABLE_KEY: z.string(),
      DATABASE_URL: postgresUrl,
      API_DATABASE_URL: postgresUrl.optional(),
      WORKER_DATABASE_URL: postgresUrl.optional(),
      RECTO_API_PASSWORD: z.string().optional(),
      RECTO_WORKER_PASSWORD: z.string().optional(),
      RECTO_TOKEN: z.string().optional(),
    },
    environment,
  )
  const { passwords } = await loadSecrets(home.secrets)
  const apiPassword = env.RECTO_API_PASSWORD ?? passwords.recto_api
  const workerPassword = env.RECTO_WORKER_PASSWORD ?? passwords.recto_worker
  await migrate({
    databaseUrl: env.DATABASE_URL,
    apiPassword: env.API_DATABASE_URL === undefined ? apiPassword : undefined,
    workerPassword: env.WORKER_DATABASE_URL === undefined ? workerPassword : undefined,
  })
  const token = env.RECTO_TOKEN
  return {
    supabaseUrl: env.SUPABASE_URL,
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    databaseUrl: env.DATABASE_URL,
    apiDatabaseUrl: env.API_DATABASE_URL ?? urlForRole(env.DATABASE_URL, 'recto_api', apiPassword),
    workerDatabaseUrl: env.WORKER_DATABASE_URL ?? urlForRole(env.DATABASE_URL, 'recto_worker', workerPassword),
    dataDir: null,
    tokenFor: token === undefined ? undefined : async () => token,
    children: () => [],
    onUnexpectedExit: () => undefined,
    stop: async () => undefined,
  }
}
