import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalog, keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { READY_CHECK_MS } from './deadlines.ts'
import { projectRoot } from './home.ts'
import { type Child, childReady, startChild } from './processes.ts'

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
 * Waits until a service is ready, and ends it when it does not become so.
 * @throws Error with the end of its log when the service ends before that, or takes too long; the reason of `signal`
 */
export const serviceReady = (child: Child, { name, readyUrl }: Service, signal?: AbortSignal): Promise<void> =>
  childReady(child, {
    title: `the ${name}`,
    signal,
    isReady: async () => {
      const answer = await fetch(readyUrl, { redirect: 'manual', signal: AbortSignal.timeout(READY_CHECK_MS) }).catch(
        () => undefined,
      )
      return answer?.ok ?? false
    },
  })
