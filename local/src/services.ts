import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { projectRoot } from './home.ts'
import { type Child, logTail, startChild } from './processes.ts'
import { until } from './until.ts'

export type Service = { name: 'api' | 'worker'; env: Record<string, string>; readyUrl: string; logFile: string }

/** What one process alone may know: the database owner's rights, the other's role, the keys that cost money. */
const notInherited = (env: NodeJS.ProcessEnv): string[] => [
  ...['DATABASE_URL', 'API_DATABASE_URL', 'WORKER_DATABASE_URL', 'RECTO_TOKEN'],
  ...keyVariables(readCatalog(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))),
]

/** Starts the API or the worker as `npm run api` and `npm run worker` do, with its own environment. */
export const startService = ({ name, env, logFile }: Service): Promise<Child> => {
  const withheld = notInherited(process.env)
  const inherited = Object.entries(process.env).filter(([variable]) => !withheld.includes(variable))
  return startChild({
    name,
    command: process.execPath,
    args: [join(projectRoot, name, 'src', 'main.ts')],
    env: { ...Object.fromEntries(inherited), ...env },
    logFile,
  })
}

/** Waits until a service says that it is ready. Throws with the end of its log when it ends before that. */
export const serviceReady = (child: Child, service: Service, signal: AbortSignal): Promise<void> =>
  until(
    async () => {
      signal.throwIfAborted()
      if (!child.alive()) throw new Error(`the ${service.name} did not start:\n${logTail(service.logFile)}`)
      const answer = await fetch(service.readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
      return answer?.ok ?? false
    },
    { what: `the start of the ${service.name}`, timeoutMs: 30_000 },
  )
