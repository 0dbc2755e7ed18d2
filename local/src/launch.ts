import { join } from 'node:path'
import { type Home, type LocalInfo, readLocalInfo, writeLocalInfo } from './home.ts'
import { endLeftoverProcesses } from './leftover-processes.ts'
import { type Child, stopChild } from './processes.ts'
import { type Providers, startProviders } from './providers.ts'
import { serviceHost, servicePorts } from './service-ports.ts'
import { type Service, serviceReady, startService } from './services.ts'
import { prepareExternalProject, type SupabaseProject, startLocalProject } from './supabase-project.ts'

export type LaunchOptions = {
  home: Home
  env: NodeJS.ProcessEnv
  api: boolean
  worker: boolean
  say: (line: string) => void
  /** Runs when a process ends without having been asked to. */
  onUnexpectedExit: (child: Child) => void
  /** Aborting it makes launch() give up and stop what it has started. */
  signal: AbortSignal
}
export type RunningSystem = {
  info: LocalInfo
  project: SupabaseProject
  providers: Providers
  stop: () => Promise<void>
}

/** Pages that a developer's own server shows on this machine. They may call the API of a local system. */
const localPages = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*']

/**
 * Starts the whole system, each part as soon as the parts it needs are ready, and writes local.json.
 * @throws Error when a part does not start; the other parts are stopped again
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
  const urlOf = (port: number) => `http://${serviceHost(env)}:${port}`
  const external = Boolean(env.SUPABASE_URL || env.DATABASE_URL)
  const project = external ? await prepareExternalProject(home, env) : await startLocalProject(home, env.RECTO_LIMITS)

  const services: Child[] = []
  let providers: Providers | undefined
  let stopping = false
  const pids = () =>
    Object.fromEntries([
      ['main', process.pid],
      ...[...project.children(), ...services].map((child) => [child.name, child.pid]),
    ])
  const info = (): LocalInfo => ({
    api_url: parts.api ? urlOf(ports.api) : null,
    supabase_url: project.supabaseUrl,
    publishable_key: project.publishableKey,
    database_url: project.databaseUrl,
    api_database_url: project.apiDatabaseUrl,
    worker_database_url: project.workerDatabaseUrl,
    worker_url: parts.worker ? urlOf(ports.worker) : null,
    model_url: providers?.modelUrl ?? null,
    data_dir: project.dataDir,
    pids: stopping ? {} : pids(),
  })
  const stop = async () => {
    stopping = true
    const graceMs = (Number(env.SHUTDOWN_DEADLINE_SECONDS || 10) + 2) * 1000
    await Promise.all(services.map((child) => stopChild(child, 'SIGTERM', graceMs)))
    await providers?.stop()
    await project.stop()
    writeLocalInfo(home.local, info())
  }
  const reportExit = (child: Child) => {
    if (!stopping) onUnexpectedExit(child)
  }

  try {
    project.onUnexpectedExit(reportExit)
    providers = await startProviders(home, env, say)
    const supabase = { SUPABASE_URL: project.supabaseUrl, SUPABASE_PUBLISHABLE_KEY: project.publishableKey }
    const api: Service = {
      name: 'api',
      env: {
        ...supabase,
        ...providers.env,
        API_DATABASE_URL: project.apiDatabaseUrl,
        PORT: String(ports.api),
        RECTO_LOCAL_SIGN_IN: external ? 'off' : 'on',
        CORS_ORIGINS: [env.CORS_ORIGINS, ...localPages].filter(Boolean).join(','),
      },
      readyUrl: `${urlOf(ports.api)}/readyz`,
      logFile: join(home.logs, 'api.log'),
    }
    const worker: Service = {
      name: 'worker',
      env: {
        ...supabase,
        ...providers.env,
        ...providers.keys,
        WORKER_DATABASE_URL: project.workerDatabaseUrl,
        WORKER_PORT: String(ports.worker),
        // The local worker stays.
        WORKER_ONCE: '',
        WORKER_ONCE_SECONDS: '',
      },
      readyUrl: `${urlOf(ports.worker)}/readyz`,
      logFile: join(home.logs, 'worker.log'),
    }
    const wanted = [...(parts.api ? [api] : []), ...(parts.worker ? [worker] : [])]
    for (const service of wanted) services.push(await startService(service))
    writeLocalInfo(home.local, info())
    await Promise.all(services.map((child, index) => serviceReady(child, wanted[index] ?? api, signal)))
    signal.throwIfAborted()
    for (const child of services) child.exited.then(() => reportExit(child))
    return { info: info(), project, providers, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
