import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { type Home, type LocalInfo, readLocalInfo, writeLocalInfo } from './home.ts'
import { endLeftoverProcesses } from './leftover-processes.ts'
import { type ModelServer, startModelServer } from './model-server/server.ts'
import { isFree, stablePorts } from './ports.ts'
import { type Child, stopChild } from './processes.ts'
import { type Service, serviceReady, startService } from './services.ts'
import { prepareExternalProject, type SupabaseProject, startLocalProject } from './supabase-project.ts'

export type LaunchOptions = {
  home: Home
  env: NodeJS.ProcessEnv
  api: boolean
  worker: boolean
  say: (line: string) => void
  /** Told of the first process that ends without having been asked to. */
  onUnexpectedExit: (child: Child) => void
  /** Aborting it makes launch() give up; what runs by then is stopped. */
  signal: AbortSignal
}
export type RunningSystem = { info: LocalInfo; project: SupabaseProject; stop: () => Promise<void> }

const servicePorts = async (home: Home, env: NodeJS.ProcessEnv) => {
  const kept = await stablePorts(home.ports, ['api', 'worker'], { api: 8787, worker: 8788 })
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
export const launch = async ({
  home,
  env,
  say,
  onUnexpectedExit,
  signal,
  ...parts
}: LaunchOptions): Promise<RunningSystem> => {
  const ended = await endLeftoverProcesses(readLocalInfo(home.local)?.pids ?? {})
  if (ended.length > 0) say(`ended what a crashed start had left running: ${ended.join(', ')}`)
  const ports = await servicePorts(home, env)
  const urlOf = (port: number) => `http://${hostOf(env)}:${port}`
  const external = Boolean(env.SUPABASE_URL || env.DATABASE_URL)
  const project = external ? await prepareExternalProject(home, env) : await startLocalProject(home)

  const services: Child[] = []
  let model: ModelServer | undefined
  let stopping = false
  const info = (): LocalInfo => ({
    api_url: parts.api ? urlOf(ports.api) : null,
    supabase_url: project.supabaseUrl,
    publishable_key: project.publishableKey,
    database_url: project.databaseUrl,
    api_database_url: project.apiDatabaseUrl,
    worker_database_url: project.workerDatabaseUrl,
    worker_url: parts.worker ? urlOf(ports.worker) : null,
    model_url: model?.url ?? null,
    data_dir: project.dataDir,
    pids: stopping
      ? {}
      : Object.fromEntries([
          ['main', process.pid],
          ...[...project.children(), ...services].map((c) => [c.name, c.pid]),
        ]),
  })
  const stop = async () => {
    stopping = true
    const grace = (Number(env.SHUTDOWN_DEADLINE_SECONDS || 10) + 2) * 1000
    await Promise.all(services.map((child) => stopChild(child, 'SIGTERM', grace)))
    await model?.stop()
    await project.stop()
    writeLocalInfo(home.local, info())
  }
  const reportExit = (child: Child) => {
    if (!stopping) onUnexpectedExit(child)
  }

  try {
    project.onUnexpectedExit(reportExit)
    const catalog = readCatalog(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
    const keys = keyVariables(catalog).flatMap((variable) =>
      env[variable] ? [[variable, env[variable]] as const] : [],
    )
    if (keys.length === 0 && env.RECTO_VAULT !== 'on') model = await startModelServer({})
    const supabase = { SUPABASE_URL: project.supabaseUrl, SUPABASE_PUBLISHABLE_KEY: project.publishableKey }
    const ofApi: Service = {
      name: 'api',
      env: { ...supabase, API_DATABASE_URL: project.apiDatabaseUrl, PORT: String(ports.api) },
      readyUrl: `${urlOf(ports.api)}/readyz`,
      logFile: join(home.logs, 'api.log'),
    }
    const providers = model ? { OPENROUTER_API_KEY: 'local', OPENROUTER_BASE_URL: model.url } : Object.fromEntries(keys)
    const ofWorker: Service = {
      name: 'worker',
      env: {
        ...supabase,
        ...providers,
        WORKER_DATABASE_URL: project.workerDatabaseUrl,
        WORKER_PORT: String(ports.worker),
      },
      readyUrl: `${urlOf(ports.worker)}/readyz`,
      logFile: join(home.logs, 'worker.log'),
    }
    const wanted = [...(parts.api ? [ofApi] : []), ...(parts.worker ? [ofWorker] : [])]
    for (const service of wanted) services.push(await startService(service))
    writeLocalInfo(home.local, info())
    await Promise.all(services.map((child, index) => serviceReady(child, wanted[index] ?? ofApi, signal)))
    signal.throwIfAborted()
    for (const child of services) child.exited.then(() => reportExit(child))
    return { info: info(), project, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
