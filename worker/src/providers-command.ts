import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { parseEnv } from '@recto/shared/env'
import { readCatalog } from '@recto/shared/read-catalog'
import { checkRoutes } from './connection-check/check.ts'
import { routesToCheck } from './connection-check/routes-to-check.ts'
import { showChecks } from './connection-check/show-checks.ts'
import { modelEnvironment } from './environment.ts'
import { createProviderKeys } from './llm/keys/provider-keys.ts'
import { routesOf } from './llm/route.ts'
import { createClients } from './llm/wire/client.ts'

const usage = `Usage: npm run -s providers -- check [--model name] [--provider name] [--json]
Sends a short message to every model of every provider that has a key, once with each key, and shows the results.
Providers charge for these requests. The command reads the worker's environment but no database, so it finds no keys in
a vault.
Exit code: 0 when all models answered, 1 when some did not, 2 when no request could be sent.`

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
    if (!values.help && positionals.join(' ') !== 'check') throw new Error('the command is: check')
    return values
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

const { model, provider, json, help } = readCommand()
if (help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const { leases, keyVariableOf } = await prepare({ model, provider }).catch((error: Error) => stop(error.message))
const checks = await checkRoutes(leases, keyVariableOf, Date.now)
process.stdout.write(`${json ? JSON.stringify({ data: checks }, null, 2) : showChecks(checks)}\n`)
process.exitCode = checks.every(({ result }) => result === 'ok') ? 0 : 1
