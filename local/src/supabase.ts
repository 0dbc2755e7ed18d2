import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { postgresPrograms } from './binaries.ts'
import { bootstrap } from './bootstrap.ts'
import { startGateway } from './gateway.ts'
import { openHome } from './home.ts'
import { migrateOnce } from './migrate.ts'
import { addPerson, type Person } from './people.ts'
import { stablePorts } from './ports.ts'
import { createDataDir, endLeftoverPostgres, locateDataDir, startPostgres } from './postgres.ts'
import { postgresUser } from './postgres-user.ts'
import { startPostgrest } from './postgrest.ts'
import { type Child, stopChild } from './processes.ts'
import { databaseUrl, loadSecrets, type Secrets } from './secrets.ts'
import { issueToken, type TokenRequest } from './tokens.ts'

export type SupabaseOptions = {
  /** RECTO_HOME: data, secrets and logs. One system at a time may run in it; the caller sees to that. */
  home: string
  /** Whether the project's migrations run. */
  migrate?: boolean
  /** False only for data that is thrown away. */
  durable?: boolean
}

export type Supabase = {
  supabaseUrl: string
  publishableKey: string
  /** Connection strings: postgres, recto_api, recto_worker, and the superuser supabase_admin. */
  databaseUrl: string
  apiDatabaseUrl: string
  workerDatabaseUrl: string
  adminUrl: string
  /** PostgREST without the gateway; undefined where npm has no program for the platform. */
  postgrestUrl: string | undefined
  dataDir: string
  secrets: Secrets
  issueToken: (request: TokenRequest) => Promise<string>
  /** Makes a person in auth.users when new; the same name is the same person. */
  addPerson: (nameOrId: string) => Promise<Person>
  /** The processes that run now; Postgres may be another one after a restart. */
  children: () => Child[]
  /** Called once when one of them ends without having been asked to. */
  onUnexpectedExit: (listener: (child: Child) => void) => void
  /** Ends Postgres as a crash does: no shutdown, no checkpoint. It stays down until restartPostgres. */
  killPostgres: () => Promise<void>
  /** Ends Postgres (unless it is down) and starts it on the same port and data. */
  restartPostgres: () => Promise<void>
  /** `immediate` skips the last checkpoint: for data that is thrown away. */
  stop: (mode?: 'fast' | 'immediate') => Promise<void>
}

/** Starts Postgres, PostgREST and the gateway over one home, making the database at its first start. Ports are kept. */
export const startSupabase = async ({
  home: dir,
  migrate = true,
  durable = true,
}: SupabaseOptions): Promise<Supabase> => {
  const home = openHome(dir)
  const secrets = await loadSecrets(home.secrets)
  const ports = await stablePorts(home.ports, ['postgres', 'postgrest', 'postgrest_admin', 'gateway'])
  const runAs = postgresUser()
  const programs = postgresPrograms(runAs)
  const dataDir = locateDataDir(home.dir, runAs)
  const urlOf = (role: keyof Secrets['passwords']) => databaseUrl(secrets, role, ports.postgres)

  const children: Child[] = []
  const asked = new Set<Child>()
  let reportExit: (child: Child) => void = () => undefined
  const track = (child: Child): Child => {
    children.push(child)
    child.exited.then(() => {
      children.splice(children.indexOf(child), 1)
      if (!asked.has(child)) reportExit(child)
    })
    return child
  }
  const end = (child: Child, signal: NodeJS.Signals): Promise<void> => {
    asked.add(child)
    return stopChild(child, signal, 20_000)
  }

  const logFile = join(home.logs, 'postgres.log')
  const startOnData = async () =>
    track(await startPostgres({ program: programs.postgres, dataDir, port: ports.postgres, logFile, runAs, durable }))

  // Written last: data without it is the rest of a first start that was cut off.
  const ready = join(dataDir, 'recto.ready')
  await endLeftoverPostgres(dataDir)
  if (!existsSync(ready)) await createDataDir(programs.initdb, dataDir, secrets.passwords.supabase_admin, runAs)
  let postgres = await startOnData()
  // After a crash its last processes hold its memory for a moment, and a new Postgres refuses to start beside them.
  const startAgain = async (until = Date.now() + 10_000): Promise<Child> => {
    try {
      return await startOnData()
    } catch (error) {
      if (Date.now() > until) throw error
      await delay(100)
      return startAgain(until)
    }
  }
  const shutDown = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const rest = children.filter((child) => child !== postgres)
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
      })
    }
    const postgrest = await startPostgrest({
      databaseUrl: urlOf('authenticator'),
      keys: secrets.keys,
      port: ports.postgrest,
      adminPort: ports.postgrest_admin,
      logFile: join(home.logs, 'postgrest.log'),
    })
    if (postgrest) track(postgrest)
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
      children: () => [...children],
      onUnexpectedExit: (listener) => {
        reportExit = listener
      },
      killPostgres: () => end(postgres, 'SIGKILL'),
      restartPostgres: async () => {
        await end(postgres, 'SIGINT')
        postgres = await startAgain()
      },
      stop: async (mode = 'fast') => {
        reportExit = () => undefined
        await gateway.stop()
        await shutDown(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      },
    }
  } catch (error) {
    await shutDown('SIGQUIT')
    throw error
  }
}
