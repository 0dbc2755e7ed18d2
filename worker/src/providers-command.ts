import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createPool } from '@recto/shared/database'
import { parseEnv, postgresUrl } from '@recto/shared/env'
import { readCatalog } from '@recto/shared/read-catalog'
import { checkRoutes } from './connection-check/check.ts'
import { routesToCheck } from './connection-check/routes-to-check.ts'
import { showChecks } from './connection-check/show-checks.ts'
import { CONNECT_MS, QUERY_MS } from './deadlines.ts'
import { modelEnvironment } from './environment.ts'
import { readKeyAges, showKeyAges } from './llm/keys/key-ages.ts'
import { createProviderKeys } from './llm/keys/provider-keys.ts'
import { routesOf } from './llm/route.ts'
import { createClients } from './llm/wire/client.ts'

const usage = `Usage: npm run -s providers -- check [--model name] [--provider name] [--json]
       npm run -s providers -- keys [--json]

check  Sends a short message to every model of every provider that has a key, once with each key, and shows the results.
       Providers charge for these requests. It reads the worker's environment but no database, so it finds no keys in a
       vault. Exit code: 0 when all models answered, 1 when some did not, 2 when no request could be sent.
keys   Shows the fingerprint, age and last use of every key that a worker has read. It reads WORKER_DATABASE_URL. Exit
       code: 0, or 1 when a key in use is older than recto.settings.key_days, 2 when the database cannot be read.`

const commands = ['check', 'keys'] as const

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
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const command = commands.find((name) => name === positionals.join(' '))
    if (!values.help && !command) throw new Error(`the command is one of: ${commands.join(', ')}`)
    return { ...values, command }
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

const prepare = async (chosen: { model: string | undefined; provider: string | undefined }) => {
  const env = parseEnv(modelEnvironment, process.env)
  const catalog = readCatalog(env.RECTO_MODELS, (path) => readFileSync(path, 'utf8'))
  const keys = createProviderKeys({
    catalog,
    env: process.env,
    readFile: (path) => readFile(path, 'utf8'),
    readVault: null,
    now: Date.now,
  })
  await keys.load()
  const timeouts = { firstTokenMs: env.MODEL_FIRST_TOKEN_MS, gapMs: env.MODEL_GAP_MS, totalMs: env.MODEL_TOTAL_MS }
  const routes = routesOf(catalog, timeouts)
  const clients = createClients(catalog, process.env)
  const leases = routesToCheck({ catalog, routes, clients, keys, residency: env.RECTO_DATA_RESIDENCY }, chosen)
  return { leases, keyVariableOf: (provider: string) => catalog.providers[provider]?.key_variable ?? provider }
}

const showKeys = async (json: boolean): Promise<void> => {
  const { WORKER_DATABASE_URL: url } = parseEnv({ WORKER_DATABASE_URL: postgresUrl }, process.env)
  const pool = createPool(
    { url, name: 'recto_providers', max: 1, connectMs: CONNECT_MS, queryMs: QUERY_MS },
    () => undefined,
  )
  const keys = await readKeyAges(pool).finally(() => pool.end())
  process.stdout.write(`${json ? JSON.stringify({ data: keys }, null, 2) : showKeyAges(keys)}\n`)
  process.exitCode = keys.some(({ is_old }) => is_old) ? 1 : 0
}

const check = async (
  chosen: { model: string | undefined; provider: string | undefined },
  json: boolean,
): Promise<void> => {
  const { leases, keyVariableOf } = await prepare(chosen)
  const checks = await checkRoutes(leases, keyVariableOf, Date.now)
  process.stdout.write(`${json ? JSON.stringify({ data: checks }, null, 2) : showChecks(checks)}\n`)
  process.exitCode = checks.every(({ result }) => result === 'ok') ? 0 : 1
}

const { model, provider, json, help, command } = readCommand()
if (help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
await (command === 'keys' ? showKeys(json) : check({ model, provider }, json)).catch((error: Error) =>
  stop(error.message),
)
