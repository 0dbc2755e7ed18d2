import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { freePort } from '@recto/local/ports'
import { type Child, stopChild } from '@recto/local/processes'
import { serviceReady, startService } from '@recto/local/services'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import type { Database } from '@recto/shared/database.types'
import pg from 'pg'
import { recordAccounts } from './account-recorder.ts'
import { buildProgram, hashSources } from './build-program.ts'
import { findCanaries, findCanariesInRows, providerKey } from './canaries.ts'
import { isTestedInCells, startHomeCell } from './home-cell.ts'
import { createPerson, type TestPerson } from './person.ts'
import { type OnStop, startInSteps } from './start-in-steps.ts'

export type Service = Child & { url: string; metricsUrl: string; log: () => string; stop: () => Promise<void> }

export type System = {
  supabase: Supabase
  /** Connections as the superuser of the database, for preparing and inspecting data. No process of Recto has them. */
  admin: pg.Pool
  model: ModelServer
  /** Holds files for the processes of a test. It is deleted with the system. */
  folder: string
  /** Starts a process and waits until it is ready; with `ready: false`, it does not wait. */
  startApi(env?: Record<string, string>, options?: { ready?: boolean }): Promise<Service>
  startWorker(env?: Record<string, string>, options?: { ready?: boolean }): Promise<Service>
  /** A new person with a token. `person.api` sends requests to `api`. */
  person(api?: Pick<Service, 'url'>): Promise<TestPerson>
  /** Sets the rate limit of generations of the plan `free`. */
  limit(maxCount: number, windowSeconds: number): Promise<void>
  /** Changes columns of a plan. */
  plan(name: string, changes: PlanChanges): Promise<void>
  /** The metrics of the processes that run and answer, by the name of their log. */
  metrics(): Promise<Record<string, string>>
  /** Connections as the role of the worker. They end with the system. */
  workerPool(max: number): pg.Pool
  /** Ends something with the system, before its database and its processes. */
  onStop: OnStop
  stop(): Promise<void>
}

type PlanChanges = Partial<Omit<Database['public']['Tables']['plans']['Row'], 'name'>>

/** Switches off every limit of a plan except the rate limit, so that a test meets only the limits that it sets. */
const unlimited = { per_day: null, per_month: null, concurrent: null, tokens_per_hour: null, monthly_budget_usd: null }

/** Whether a test loads code of the tests into a process. Such a process runs from source, to share its modules with it. */
const loadsCode = ({ NODE_OPTIONS = '' }: Record<string, string>) => /--import=\S+\/tests\//.test(NODE_OPTIONS)

const readLogs = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )

/** The metrics of the processes that run and answer, by the name of their log. */
const readMetrics = async (services: Set<Child & { metricsUrl: string }>): Promise<Record<string, string>> => {
  const metrics = [...services].map(async ({ metricsUrl, logFile }) => {
    const answer = await fetch(metricsUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    return [`metrics of ${logFile}`, (await answer?.text()) ?? '']
  })
  return Object.fromEntries(await Promise.all(metrics))
}

/**
 * Starts Recto for one test file: Postgres, PostgREST, the gateway and a model server. The test starts APIs and workers.
 * `durable` is for benchmarks: fsync is on, and no transactions are recorded. `stop` throws when an API or worker wrote
 * rows of an account that its transaction did not name, and when a text, a token or a key is in logs, metrics or rows
 * where it must not be.
 */
export const startSystem = ({ durable = false }: { durable?: boolean } = {}): Promise<System> =>
  startInSteps(async (onStop) => {
    const supabase = await startThrowaway({ durable })
    onStop(supabase.stop)
    const home = isTestedInCells && !durable ? await startHomeCell(supabase) : undefined
    if (home) onStop(home.stop)
    const admin = new pg.Pool({ connectionString: supabase.adminUrl, max: 4 })
    onStop(() => admin.end())
    // Some tests restart Postgres, which breaks idle connections.
    admin.on('error', () => undefined)
    const folder = mkdtempSync(join(tmpdir(), 'recto-system-'))
    onStop(() => rmSync(folder, { recursive: true, force: true }))

    const services = new Set<Child & { metricsUrl: string }>()
    let metrics: Record<string, string> = {}
    const recorder = durable ? undefined : await recordAccounts(admin)
    if (recorder) {
      onStop(async () => {
        const violations = await recorder.violations().catch((error) => [String(error)])
        if (violations.length > 0) throw new Error(`a transaction left its account:\n${violations.join('\n')}`)
      })
      onStop(async () => {
        const found = [
          ...findCanaries(supabase, { ...metrics, ...readLogs(folder) }),
          ...(await findCanariesInRows(admin, supabase)),
        ]
        if (found.length > 0) throw new Error(`a secret or a text is where it must not be:\n${found.join('\n')}`)
      })
    }
    const model = await startModelServer({})
    onStop(model.stop)
    onStop(async () => {
      if (recorder) metrics = await readMetrics(services)
      await Promise.all([...services].map((child) => stopChild(child, 'SIGKILL', 5_000)))
    })
    // A test run that is interrupted leaves no process behind.
    const endNow = () => {
      for (const child of services) child.kill('SIGKILL')
    }
    process.once('exit', endNow)
    onStop(() => process.off('exit', endNow))

    const plan = async (name: string, changes: PlanChanges): Promise<void> => {
      const columns = Object.keys(changes)
      const set = columns.map((column, n) => `${column} = $${n + 2}`).join(', ')
      await admin.query(`update public.plans set ${set} where name = $1`, [name, ...Object.values(changes)])
    }
    await plan('free', unlimited)
    await admin.query('update recto.settings set free_teams = 1000')
    // The copied database offers names since its template was made. The next process would drop those older than an hour.
    for (const table of ['offered_models', 'offered_prompt_versions'])
      await admin.query(`update recto.${table} set seen_at = now()`)

    const sources = hashSources()
    const start = async (
      name: 'api' | 'worker',
      port: number,
      env: Record<string, string>,
      { ready = true } = {},
    ): Promise<Service> => {
      const url = `http://127.0.0.1:${port}`
      const metricsUrl = `http://127.0.0.1:${env.METRICS_PORT ?? port}/metrics`
      const logFile = join(folder, `${name}-${port}.log`)
      const service = {
        name,
        // Benchmarks measure what `npm run api` and `npm run worker` start.
        ...(!durable && !loadsCode(env) && { program: await buildProgram(name, sources) }),
        env: { SHUTDOWN_DEADLINE_SECONDS: '5', ...env },
        readyUrl: `${url}/readyz`,
        logFile,
      }
      const child = await startService(service)
      services.add({ ...child, metricsUrl })
      if (ready) await serviceReady(child, service)
      return {
        ...child,
        url,
        metricsUrl,
        log: () => readFileSync(logFile, 'utf8'),
        stop: () => stopChild(child, 'SIGTERM', 10_000),
      }
    }

    return {
      supabase,
      admin,
      model,
      folder,
      startApi: async (env = {}, options = { ready: true }) => {
        const port = await freePort()
        const all = {
          PORT: String(port),
          API_DATABASE_URL: supabase.apiDatabaseUrl,
          ...home?.env,
          SUPABASE_URL: supabase.supabaseUrl,
          SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
          ...(!durable && { METRICS_PORT: String(await freePort()) }),
          ...env,
        }
        return start('api', port, all, options)
      },
      startWorker: async (env = {}, options = { ready: true }) => {
        const port = await freePort()
        const all = {
          WORKER_PORT: String(port),
          WORKER_DATABASE_URL: supabase.workerDatabaseUrl,
          OPENROUTER_API_KEY: providerKey,
          OPENROUTER_BASE_URL: model.url,
          ...env,
        }
        return start('worker', port, all, options)
      },
      person: (api?: Pick<Service, 'url'>) => createPerson(supabase, api, admin, home?.nextName()),
      limit: (maxCount: number, windowSeconds: number) =>
        plan('free', { per_window: maxCount, window_seconds: windowSeconds }),
      plan,
      metrics: () => readMetrics(services),
      workerPool: (max: number) => {
        const pool = new pg.Pool({ connectionString: supabase.workerDatabaseUrl, max })
        onStop(() => pool.end())
        return pool
      },
      onStop,
    }
  })
