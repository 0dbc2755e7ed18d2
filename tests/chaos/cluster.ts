import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@recto/local/ports'
import { stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import type { Service, System } from '../support/system.ts'
import { listPrice } from '../worker/chaos.ts'
import { wrongKey } from '../worker/chaos-faults.ts'
import { createLink, type Link, overLink } from './link.ts'

/** libfaketime, where Debian's package puts it. It gives a process another time of day. */
export const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`
export const hasFaketime = (): boolean => existsSync(faketime)

/** A process, and the port of its metrics. */
type Measured = Service & { metricsPort: number }

/** The place of a process: whatever runs there now reaches Postgres by the link of the place. */
export type Place = {
  name: string
  link: Link
  service: () => Measured
  /** Kills the process, and starts another one in its place after a pause. */
  kill(pauseMs: number): Promise<void>
  /** Starts another process, and stops the old one by SIGTERM when the new one is ready. */
  replace(env?: Record<string, string>): Promise<void>
}

export type Cluster = {
  apis: Place[]
  workers: Place[]
  /** The links of the workers to the providers. */
  providers: Link[]
  /** Processes that ended although nobody had killed or stopped them. */
  died: string[]
  stop(): void
}

/** How long a new process may take until the old one is stopped all the same, as a deploy would. */
const DEPLOY_MS = 20_000
const GRACE_MS = 15_000

const isReady = async ({ url }: Service) =>
  (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined))?.ok ?? false

const createPlace = async (
  name: string,
  link: Link,
  start: (env?: Record<string, string>) => Promise<Measured>,
  died: string[],
): Promise<Place> => {
  const watched = async (env?: Record<string, string>) => {
    const service = await start(env)
    service.exited.then(({ code, signal }) => {
      if (!ending.has(service)) died.push(`${name} ended by itself: code ${code}, signal ${signal}`)
    })
    return service
  }
  const ending = new Set<Service>()
  let service = await watched()
  // One change of the process after the other.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (change: () => Promise<void>) => {
    last = last.then(change)
    return last
  }
  return {
    name,
    link,
    service: () => service,
    kill: (pauseMs) =>
      inTurn(async () => {
        ending.add(service)
        service.kill('SIGKILL')
        await service.exited
        await delay(pauseMs)
        service = await watched()
      }),
    replace: (env) =>
      inTurn(async () => {
        const old = service
        const next = await watched(env)
        await until(() => isReady(next), { what: name, timeoutMs: DEPLOY_MS, everyMs: 100 }).catch(() => undefined)
        service = next
        ending.add(old)
        // A process that stands still does not hear SIGTERM.
        old.kill('SIGCONT')
        await stopChild(old, 'SIGTERM', GRACE_MS)
      }),
  }
}

/** Starts two APIs and three workers, each with a link of its own to Postgres, and two links to the scripted provider. */
export const startCluster = async (system: System, seed: number): Promise<Cluster> => {
  const target = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })
  const { apiDatabaseUrl, workerDatabaseUrl } = system.supabase
  const providers = await Promise.all([1, 2].map((n) => createLink(target(system.model.url), { seed: seed + n })))
  const [first, second] = providers.map((link) => ({
    base_url: overLink(system.model.url, link),
    cost_lookup: true,
    timeouts: { first_token_ms: 3_000, gap_ms: 3_000 },
  }))
  if (!(first && second)) throw new Error('there are not two providers')
  const catalog = catalogOf({
    providers: { first, second },
    models: { one: ['first', 'second'] },
    prices: { first: listPrice, second: listPrice },
  })
  const keys = catalogEnv(system, catalog)
  const env = { ...keys, FIRST_API_KEY: `key-of-first,${wrongKey}`, MODEL_HEDGE_MS: '1500' }
  const models = { RECTO_MODELS: keys.RECTO_MODELS ?? '' }
  const died: string[] = []

  const place = async (
    name: string,
    databaseUrl: string,
    start: (url: string) => Parameters<typeof createPlace>[2],
  ) => {
    const link = await createLink(target(databaseUrl), { notifications: true, seed })
    return createPlace(name, link, start(overLink(databaseUrl, link)), died)
  }
  const startApi = (url: string) => async (more?: Record<string, string>) => {
    const metricsPort = await freePort()
    const all = { ...models, API_DATABASE_URL: url, METRICS_PORT: String(metricsPort), ...more }
    return { ...(await system.startApi(all, { ready: false })), metricsPort }
  }
  const startWorker = (url: string) => async (more?: Record<string, string>) => {
    const service = await system.startWorker({ ...env, WORKER_DATABASE_URL: url, ...more }, { ready: false })
    return { ...service, metricsPort: Number(new URL(service.url).port) }
  }
  const apis = await Promise.all([1, 2].map((n) => place(`API ${n}`, apiDatabaseUrl, startApi)))
  const workers = await Promise.all([1, 2, 3].map((n) => place(`worker ${n}`, workerDatabaseUrl, startWorker)))
  const services = [...apis, ...workers].map(({ service }) => service())
  await until(async () => (await Promise.all(services.map(isReady))).every(Boolean), {
    what: 'the start of all processes',
    timeoutMs: 120_000,
  })
  return {
    apis,
    workers,
    providers,
    died,
    stop: () => {
      for (const link of [...providers, ...[...apis, ...workers].map((one) => one.link)]) link.stop()
    },
  }
}
