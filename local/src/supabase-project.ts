import { httpUrl, parseEnv, postgresUrl } from '@recto/shared/env'
import { z } from 'zod'
import type { Home } from './home.ts'
import { migrate } from './migrate.ts'
import type { Child } from './processes.ts'
import { loadSecrets } from './secrets.ts'
import { startSupabase } from './supabase.ts'

/** The Supabase project that the API and the worker use: the local one, or one that the environment names. */
export type SupabaseProject = {
  supabaseUrl: string
  publishableKey: string
  databaseUrl: string
  apiDatabaseUrl: string
  workerDatabaseUrl: string
  /** Null when the environment names the project. */
  dataDir: string | null
  /** Issues a token for a person by name, valid for `expiresIn` seconds; undefined when the project issues its own. */
  tokenFor: ((name: string, expiresIn: number) => Promise<string>) | undefined
  children: () => Child[]
  onUnexpectedExit: (listener: (child: Child) => void) => void
  stop: () => Promise<void>
}

/** Changes the role and the password of a connection string. A pooler's project suffix (`postgres.abcd`) stays. */
export const urlForRole = (databaseUrl: string, role: string, password: string): string => {
  const url = new URL(databaseUrl)
  url.username = decodeURIComponent(url.username).replace(/^[^.]*/, role)
  url.password = password
  return url.href
}

/** Starts the local Supabase project of a home. `limits` is the path of a file with limits, if there is one. */
export const startLocalProject = async (home: Home, limits: string | undefined): Promise<SupabaseProject> => {
  const supabase = await startSupabase({ home: home.dir, limits })
  return {
    ...supabase,
    tokenFor: async (name, expiresIn) => {
      const { id, email } = await supabase.addPerson(name)
      return supabase.issueToken({ sub: id, email, expiresIn })
    },
  }
}

/**
 * Migrates the Supabase project that the environment names. A role without a URL of its own gets RECTO_API_PASSWORD or
 * RECTO_WORKER_PASSWORD, or else a password from the home.
 * @throws Error that names each missing or invalid variable
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
      RECTO_LIMITS: z.string().optional(),
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
    limits: env.RECTO_LIMITS,
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
