import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { type Backend, externalBackend, localBackend } from './backend.ts'
import { type Home, type LocalInfo, readLocal, writeLocal } from './home.ts'
import { type ModelServer, startModelServer } from './model-server/server.ts'
import { endOrphans } from './orphans.ts'
import { isFree, keptPorts } from './ports.ts'
import { type Child, stopChild } from './processes.ts'
import { type Service, serviceReady, startService } from './services.ts'

export type LaunchOptions = {
  home: Home
  env: NodeJS.ProcessEnv
  api: boolean
  worker: boolean
  say: (line: string) => void
  /** Told of the first process that ends without having been asked to. */
  onDeath: (child: Child) => void
  /** Aborting it makes launch() give up; what runs by then is stopped. */
  signal: AbortSignal
}
export type System = { info: LocalInfo; backend: Backend; stop: () => Promise<void> }

const servicePorts = async (home: Home, env: NodeJS.ProcessEnv) => {
  const kept = await keptPorts(home.ports, ['api', 'worker'], { api: 8787, worker: 8788 })
  const given = async (name: 'PORT' | 'WORKER_PORT', otherwise: number): Promise<number> => {
    if (!env[name]) return otherwise
    const port = Number(env[name])
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${name} is not a port: ${env[name]}`)
    if (!(await isFree(port))) throw new Error(`${name} ${port} is taken by another process`)
    return port
  }
  return { api: await given('PORT', kept.api), worker: await given('WORKER_PORT', kept.worker) }
}

// Where the two processes are reached from here: HOST, unless it stands for every address of the machine.
const hostOf = ({ HOST }: NodeJS.ProcessEnv) => (!HOST || HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST)

/**
 * Brings up the whole system, each part as soon as what it needs is there, and writes local.json. When a part does not
 * start, those that did are stopped again and the error is thrown.
 */
export const launch = async ({ home, env, say, onDeath, signal, ...parts }: LaunchOptions): Promise<System> => {
  const orphans = await endOrphans(readLocal(home.local)?.pids ?? {})
  if (orphans.length > 0) say(`ended what a crashed start had left running: ${orphans.join(', ')}`)
  const ports = await servicePorts(home, env)
  const urlOf = (port: number) => `http://${hostOf(env)}:${port}`
  const external = Boolean(env.SUPABASE_URL || env.DATABASE_URL)
  const backend = external ? await externalBackend(home, env) : await localBackend(home)

  const services: Child[] = []
  let model: ModelServer | undefined
  let stopping = false
  const info = (): LocalInfo => ({
    api_url: parts.api ? urlOf(ports.api) : null,
    supabase_url: backend.supabaseUrl,
    publishable_key: backend.publishableKey,
    database_url: backend.databaseUrl,
    api_database_url: backend.apiDatabaseUrl,
    worker_database_url: backend.workerDatabaseUrl,
    worker_url: parts.worker ? urlOf(ports.worker) : null,
    model_url: model?.url ?? null,
    data_dir: backend.dataDir,
    pids: stopping
      ? {}
      : Object.fromEntries([
          ['main', process.pid],
          ...[...backend.children(), ...services].map((c) => [c.name, c.pid]),
        ]),
  })
  const stop = async () => {
    stopping = true
    const grace = (Number(env.SHUTDOWN_DEADLINE_SECONDS || 10) + 2) * 1000
    await Promise.all(services.map((child) => stopChild(child, 'SIGTERM', grace)))
    await model?.stop()
    await backend.stop()
    writeLocal(home.local, info())
  }
  const died = (child: Child) => {
    if (!stopping) onDeath(child)
  }

  try {
    backend.onDeath(died)
    const catalog = readCatalog(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
    const keys = keyVariables(catalog).flatMap((variable) =>
      env[variable] ? [[variable, env[variable]] as const] : [],
    )
    if (keys.length === 0 && env.RECTO_VAULT !== 'on') model = await startModelServer({})
    const supabase = { SUPABASE_URL: backend.supabaseUrl, SUPABASE_PUBLISHABLE_KEY: backend.publishableKey }
    const ofApi: Service = {
      name: 'api',
      env: { ...supabase, API_DATABASE_URL: backend.apiDatabaseUrl, PORT: String(ports.api) },
      readyUrl: `${urlOf(ports.api)}/readyz`,
      logFile: join(home.logs, 'api.log'),
    }
    const providers = model ? { OPENROUTER_API_KEY: 'local', OPENROUTER_BASE_URL: model.url } : Object.fromEntries(keys)
    const ofWorker: Service = {
      name: 'worker',
      env: {
        ...supabase,
        ...providers,
        WORKER_DATABASE_URL: backend.workerDatabaseUrl,
        WORKER_PORT: String(ports.worker),
      },
      readyUrl: `${urlOf(ports.worker)}/readyz`,
      logFile: join(home.logs, 'worker.log'),
    }
    const wanted = [...(parts.api ? [ofApi] : []), ...(parts.worker ? [ofWorker] : [])]
    for (const service of wanted) services.push(await startService(service))
    writeLocal(home.local, info())
    await Promise.all(services.map((child, index) => serviceReady(child, wanted[index] ?? ofApi, signal)))
    signal.throwIfAborted()
    for (const child of services) child.exited.then(() => died(child))
    return { info: info(), backend, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
