import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createPool } from '@recto/shared/database'
import { parseEnv } from '@recto/shared/env'
import { readCatalog, readCatalogJson } from '@recto/shared/read-catalog'
import { needsLook } from './catalog/compare.ts'
import { type ComparedChoice, compareCatalog } from './catalog/compare-catalog.ts'
import { showCompared } from './catalog/show.ts'
import { writeCatalog } from './catalog/write.ts'
import { systemClock } from './clock.ts'
import { checkRoutes } from './connection-check/check.ts'
import { type Chosen, routesToCheck } from './connection-check/routes-to-check.ts'
import { showChecks } from './connection-check/show-checks.ts'
import { CONNECT_MS, QUERY_MS } from './deadlines.ts'
import { modelEnvironment, workerEnvironment } from './environment.ts'
import { readKeyAges, showKeyAges } from './llm/keys/key-ages.ts'
import { createProviderKeys } from './llm/keys/provider-keys.ts'
import { routesOf } from './llm/route.ts'
import { createClients } from './llm/wire/client.ts'

const usage = `Usage: npm run -s providers -- check [--model name] [--provider name] [--json]
       npm run -s providers -- keys [--json]
       npm run -s providers -- models [--provider name] [--write file] [--accept id]... [--json]

check  Sends a short message to every model of every provider that has a key, once with each key, and shows the results.
       Providers charge for these requests. It reads the worker's environment but no database, so it finds no keys in a
       vault. Exit code: 0 when all models answered, 1 when some did not, 2 when no request could be sent.
keys   Shows the fingerprint, age and last use of every key that a worker has read. It reads WORKER_DATABASE_URL. Exit
       code: 0, or 1 when a key in use is older than recto.settings.key_days, 2 when the database cannot be read.
models Compares the catalog's ids, prices and windows with the lists of all providers that have a key, or of one that is
       named. --write makes a catalog with today's prices for RECTO_MODELS, whole or not at all. A price that is more than
       ten times, or less than a tenth, of the catalog's is taken only for the models that --accept names. Exit code: 0, or
       1 when something needs a look, 2 when no list could be read. No file is written then.`

const commands = ['check', 'keys', 'models'] as const

const stop = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const readCommand = () => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        provider: { type: 'string' },
        write: { type: 'string' },
        accept: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const command = commands.find((name) => name === positionals.join(' '))
    if (!values.help && !command) throw new Error(`the command is one of: ${commands.join(', ')}`)
    const isForModels = values.write !== undefined || values.accept.length > 0
    if (isForModels && command !== 'models') throw new Error('--write and --accept are options of the command models')
    return { ...values, command }
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

const readText = (path: string): string => readFileSync(path, 'utf8')

const readModels = async () => {
  const env = parseEnv(modelEnvironment, process.env)
  const catalog = readCatalog(env.RECTO_MODELS, readText)
  const keys = createProviderKeys({
    catalog,
    env: process.env,
    readFile: (path) => readFile(path, 'utf8'),
    readVault: null,
    now: systemClock.steady,
  })
  await keys.load()
  const timeouts = { firstTokenMs: env.MODEL_FIRST_TOKEN_MS, gapMs: env.MODEL_GAP_MS, totalMs: env.MODEL_TOTAL_MS }
  const routes = routesOf(catalog, timeouts)
  return { env, catalog, keys, routes, clients: createClients(catalog, process.env) }
}

const showKeys = async ({ json }: { json: boolean }): Promise<void> => {
  const { WORKER_DATABASE_URL, PREPARE } = workerEnvironment
  const { WORKER_DATABASE_URL: url, PREPARE: prepare } = parseEnv({ WORKER_DATABASE_URL, PREPARE }, process.env)
  const pool = createPool(
    { url, prepare, name: 'recto_providers', max: 1, connectMs: CONNECT_MS, queryMs: QUERY_MS },
    () => undefined,
  )
  const keys = await readKeyAges(pool).finally(() => pool.end())
  process.stdout.write(`${json ? JSON.stringify({ data: keys }, null, 2) : showKeyAges(keys)}\n`)
  process.exitCode = keys.some(({ is_old }) => is_old) ? 1 : 0
}

const check = async ({ model, provider, json }: Chosen & { json: boolean }): Promise<void> => {
  const { env, catalog, ...models } = await readModels()
  const leases = routesToCheck({ catalog, ...models, residency: env.RECTO_DATA_RESIDENCY }, { model, provider })
  const keyVariableOf = (name: string) => catalog.providers[name]?.key_variable ?? name
  const checks = await checkRoutes(leases, keyVariableOf, systemClock)
  process.stdout.write(`${json ? JSON.stringify({ data: checks }, null, 2) : showChecks(checks)}\n`)
  process.exitCode = checks.every(({ result }) => result === 'ok') ? 0 : 1
}

type ModelsOptions = ComparedChoice & { write: string | undefined; json: boolean }

const compareModels = async ({ write, json, ...choice }: ModelsOptions): Promise<void> => {
  const { env, ...models } = await readModels()
  const compared = await compareCatalog({ ...models, timeoutMs: env.MODEL_FIRST_TOKEN_MS }, choice)
  const { routes, unread } = compared
  const asJson = () => JSON.stringify({ data: routes, unread: Object.fromEntries(unread) }, null, 2)
  process.stdout.write(`${json ? asJson() : showCompared(compared)}\n`)
  if (routes.every(({ result }) => result === 'unread')) stop('No list could be read.')
  if (write !== undefined) {
    await writeCatalog(write, readCatalogJson(env.RECTO_MODELS, readText), routes, new Date())
    process.stderr.write(`${write} has the prices that were taken: set RECTO_MODELS=${write}\n`)
  }
  process.exitCode = unread.size > 0 || routes.some(needsLook) ? 1 : 0
}

const { help, command, model, provider, write, accept, json } = readCommand()
if (help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const run = { check, models: compareModels, keys: showKeys }[command ?? 'check']
await run({ model, provider, write, accept, json }).catch((error: Error) => stop(error.message))
