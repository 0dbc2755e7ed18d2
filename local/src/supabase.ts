import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { postgresPrograms } from './binaries.ts'
import { bootstrap } from './bootstrap.ts'
import { createChildGroup } from './child-group.ts'
import { RESTART_MS, RESTART_PAUSE_MS } from './deadlines.ts'
import { startGateway } from './gateway.ts'
import { openHome } from './home.ts'
import { isMigrated, migrateOnce } from './migrate.ts'
import { addPerson, type Person } from './people.ts'
import { stablePorts } from './ports.ts'
import { createDataDir, endLeftoverPostgres, locateDataDir, startPostgres } from './postgres.ts'
import { postgresUser } from './postgres-user.ts'
import { startPostgrest } from './postgrest.ts'
import type { Child } from './processes.ts'
import { databaseUrl, loadSecrets, type Secrets } from './secrets.ts'
import { issueToken, type TokenRequest } from './tokens.ts'

export type SupabaseOptions = {
  /** The RECTO_HOME with data, secrets and logs. The caller makes sure that no other system runs in it. */
  home: string
  /** Whether the project's migrations run. */
  migrate?: boolean
  /** False turns fsync off. It is only for data that is thrown away. */
  durable?: boolean
  /** The path of a file with limits of this environment (RECTO_LIMITS). */
  limits?: string | undefined
}

export type Supabase = {
  supabaseUrl: string
  publishableKey: string
  /** The connection string of the role postgres. */
  databaseUrl: string
  apiDatabaseUrl: string
  workerDatabaseUrl: string
  /** The connection string of the superuser supabase_admin. */
  adminUrl: string
  /** PostgREST without the gateway; undefined when npm has no PostgREST for the platform. */
  postgrestUrl: string | undefined
  dataDir: string
  secrets: Secrets
  issueToken: (request: TokenRequest) => Promise<string>
  /** Adds a person to auth.users if missing. The same name always means the same person. */
  addPerson: (nameOrId: string) => Promise<Person>
  /** The processes that run now. After a restart of Postgres, its process is a new one. */
  children: () => Child[]
  /** Sets the listener for processes that end without having been asked to. */
  onUnexpectedExit: (listener: (child: Child) => void) => void
  /** Kills Postgres without a shutdown or a checkpoint. It stays down until restartPostgres. */
  killPostgres: () => Promise<void>
  /** Ends Postgres if it runs, and starts it on the same port and data. */
  restartPostgres: () => Promise<void>
  /** Stops everything. `immediate` skips the last checkpoint, which is only for data that is thrown away. */
  stop: (mode?: 'fast' | 'immediate') => Promise<void>
}

/**
 * Starts Postgres, PostgREST and the gateway in one home. The first start creates the database. Later starts use the
 * same ports.
 */
export const startSupabase = async ({
  home: dir,
  migrate = true,
  durable = true,
  limits,
}: SupabaseOptions): Promise<Supabase> => {
  const home = openHome(dir)
  const secrets = await loadSecrets(home.secrets)
  const ports = await stablePorts(home.ports, ['postgres', 'postgrest', 'postgrest_admin', 'gateway'])
  const runAs = postgresUser()
  const programs = postgresPrograms(runAs)
  const dataDir = locateDataDir(home.dir, runAs)
  const urlOf = (role: keyof Secrets['passwords']) => databaseUrl(secrets, role, ports.postgres)
  const { add, list, end, onUnexpectedExit } = createChildGroup()

  const logFile = join(home.logs, 'postgres.log')
  const startOnData = async () =>
    add(await startPostgres({ program: programs.postgres, dataDir, port: ports.postgres, logFile, runAs, durable }))

  // This file is written last, so data without it comes from a first start that was interrupted and is made anew.
  const ready = join(dataDir, 'recto.ready')
  await endLeftoverPostgres(dataDir)
  const password = secrets.passwords.supabase_admin
  if (!existsSync(ready)) await createDataDir({ initdb: programs.initdb, dataDir, password, runAs, durable })
  let postgres = await startOnData()
  // After a crash, the last processes of Postgres hold its shared memory for a moment, and a new one refuses to start.
  const startAgain = async (until = Date.now() + RESTART_MS): Promise<Child> => {
    try {
      return await startOnData()
    } catch (error) {
      if (Date.now() > until) throw error
      await delay(RESTART_PAUSE_MS)
      return startAgain(until)
    }
  }
  const shutDown = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const rest = list().filter((child) => child !== postgres)
    await Promise.all(rest.map((child) => end(child, 'SIGTERM')))
    await end(postgres, signal)
  }
  try {
    if (!existsSync(ready)) {
      await bootstrap(secrets, ports.postgres)
      writeFileSync(ready, '')
    }
    if (migrate) {
      await migrateOnce(dataDir, {
        databaseUrl: urlOf('postgres'),
        apiPassword: secrets.passwords.recto_api,
        workerPassword: secrets.passwords.recto_worker,
        limits,
      })
    }
    const postgrest = await startPostgrest({
      databaseUrl: urlOf('authenticator'),
      preRequest: isMigrated(dataDir) ? 'recto_requests.check_request' : undefined,
      keys: secrets.keys,
      port: ports.postgrest,
      adminPort: ports.postgrest_admin,
      logFile: join(home.logs, 'postgrest.log'),
    })
    if (postgrest) add(postgrest)
    const gateway = await startGateway({
      port: ports.gateway,
      postgrestPort: postgrest && ports.postgrest,
      keys: secrets.keys,
      publishableKey: secrets.publishable_key,
      databaseUrl: urlOf('supabase_auth_admin'),
    })
    return {
      supabaseUrl: gateway.url,
      publishableKey: secrets.publishable_key,
      databaseUrl: urlOf('postgres'),
      apiDatabaseUrl: urlOf('recto_api'),
      workerDatabaseUrl: urlOf('recto_worker'),
      adminUrl: urlOf('supabase_admin'),
      postgrestUrl: postgrest && `http://127.0.0.1:${ports.postgrest}`,
      dataDir,
      secrets,
      issueToken: (request) => issueToken(secrets.keys, `${gateway.url}/auth/v1`, request),
      addPerson: async (nameOrId) => {
        const client = new Client({ connectionString: urlOf('postgres') })
        await client.connect()
        return addPerson(client, nameOrId).finally(() => client.end())
      },
      children: list,
      onUnexpectedExit,
      killPostgres: () => end(postgres, 'SIGKILL'),
      restartPostgres: async () => {
        await end(postgres, 'SIGINT')
        postgres = await startAgain()
      },
      stop: async (mode = 'fast') => {
        onUnexpectedExit(() => undefined)
        await gateway.stop()
        await shutDown(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      },
    }
  } catch (error) {
    await shutDown('SIGQUIT')
    throw error
  }
}
