import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalog, keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { READY_CHECK_MS, START_MS } from './deadlines.ts'
import { projectRoot } from './home.ts'
import { type Child, logTail, startChild } from './processes.ts'
import { until } from './until.ts'

/** The API or the worker. `env` is added to the environment that it inherits. */
export type Service = {
  name: 'api' | 'worker'
  /** The file that Node.js runs; the source without it. */
  program?: string
  env: Record<string, string>
  readyUrl: string
  logFile: string
}

/**
 * Arguments of Node.js for each process, as package.json has them. V8 grows the space of new objects to three times 32 MB
 * in an API that exports many cards, of which next to nothing is in use: 16 save 60 to 80 MB and cost no CPU time.
 */
export const nodeArguments: Record<Service['name'], string[]> = { api: ['--max-semi-space-size=16'], worker: [] }

/** The catalog that the environment names. */
export const environmentCatalog = (env: NodeJS.ProcessEnv): Catalog =>
  readCatalog(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))

/** The variables that a service does not inherit: database owner, roles, tokens and paid API keys. */
const withheldVariables = (env: NodeJS.ProcessEnv): string[] => [
  ...['DATABASE_URL', 'API_DATABASE_URL', 'WORKER_DATABASE_URL', 'RECTO_TOKEN'],
  ...['DASHBOARD_DATABASE_URL', 'DASHBOARD_PASSWORD'],
  ...keyVariables(environmentCatalog(env)),
]

const sourceOf = (name: Service['name']) => join(projectRoot, name, 'src', 'main.ts')

/** Starts the API or the worker as `npm run api` and `npm run worker` do, with an environment of its own. */
export const startService = ({ name, program = sourceOf(name), env, logFile }: Service): Promise<Child> => {
  const withheld = withheldVariables(process.env)
  const inherited = Object.entries(process.env).filter(([variable]) => !withheld.includes(variable))
  return startChild({
    name,
    command: process.execPath,
    args: [...nodeArguments[name], program],
    env: { ...Object.fromEntries(inherited), ...env },
    logFile,
  })
}

/**
 * Waits until a service is ready.
 * @throws Error with the end of its log when the service ends before that, or takes too long; the reason of `signal`
 */
export const serviceReady = async (child: Child, service: Service, signal?: AbortSignal): Promise<void> => {
  const isReady = async () => {
    signal?.throwIfAborted()
    if (!child.alive()) throw new Error(`the ${service.name} did not start`)
    const response = await fetch(service.readyUrl, {
      redirect: 'manual',
      signal: AbortSignal.timeout(READY_CHECK_MS),
    }).catch(() => undefined)
    return response?.ok ?? false
  }
  const inTime = { what: `the start of the ${service.name}`, timeoutMs: START_MS }
  await until(isReady, inTime).catch((error: Error) => {
    throw signal?.aborted ? error : new Error(`${error.message}:\n${logTail(service.logFile)}`)
  })
}
