import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { baseUrlOf } from '@recto/shared/base-url'
import type { Catalog } from '@recto/shared/catalog'
import { isPlaceholderKey } from '@recto/shared/placeholder-key'
import { type Home, writePrivate } from './home.ts'
import { localCatalog, localKeyVariable, localProvider } from './local-catalog.ts'
import { startModelServer } from './model-server/server.ts'
import { environmentCatalog } from './services.ts'

/** Who answers the worker of a local system. */
export type Providers = {
  /** The keys, for the environment of the worker. */
  keys: Record<string, string>
  /** What API and worker need in their environment beside the keys. */
  env: Record<string, string>
  /** One word for each set of providers. Texts that another set has answered are asked again. */
  name: string
  /** Providers and addresses in words, for people. */
  description: string
  /** The base URL of the local model server; null when providers are asked. */
  modelUrl: string | null
  stop: () => Promise<void>
}

type Key = { provider: string; variable: string; value: string }

/** The keys that are set, of each provider of a catalog: in a variable or in a file. An empty variable counts as absent. */
const keysSet = ({ providers }: Catalog, env: NodeJS.ProcessEnv): Key[] =>
  Object.entries(providers).flatMap(([provider, { key_variable }]) =>
    [key_variable, `${key_variable}_FILE`].flatMap((variable) => {
      const value = env[variable]
      return value ? [{ provider, variable, value }] : []
    }),
  )

/** A file that cannot be read is left to the worker, which says what is wrong with it. */
const isPlaceholder = ({ variable, value }: Key): boolean => {
  if (!variable.endsWith('_FILE')) return isPlaceholderKey(value)
  return existsSync(value) && isPlaceholderKey(readFileSync(value, 'utf8'))
}

const addressOf = ({ providers }: Catalog, name: string, env: NodeJS.ProcessEnv): string => {
  const provider = providers[name]
  return provider ? `${name} (${baseUrlOf(name, provider, env)})` : name
}

/** Starts the model server as the only provider of a catalog that stands in the home. */
const startLocalModel = async (catalog: Catalog, home: Home): Promise<Providers> => {
  const server = await startModelServer({ name: localProvider, report_cost: false })
  const file = join(home.dir, 'models.json')
  writePrivate(file, localCatalog(catalog, server.url))
  return {
    keys: { [localKeyVariable]: 'local' },
    env: { RECTO_MODELS: file, RECTO_VAULT: 'off' },
    name: 'local',
    description: `${server.url}: cuts cloze cards out of the text. Set OPENROUTER_API_KEY for a real one`,
    modelUrl: server.url,
    stop: server.stop,
  }
}

/**
 * Chooses the providers whose keys the environment has. Without any key, or with placeholders only, a local model server
 * answers. `say` tells about placeholders.
 * @throws Error that names the variable of an address that is wrong
 */
export const startProviders = async (
  home: Home,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Providers> => {
  const catalog = environmentCatalog(env)
  const keys = keysSet(catalog, env)
  const real = keys.filter((key) => !isPlaceholder(key))
  const placeholders = new Set(keys.filter(isPlaceholder).map(({ variable }) => variable))
  const vault = env.RECTO_VAULT === 'on' && (real.length > 0 || placeholders.size === 0)
  const local = real.length === 0 && !vault
  const instead = local ? 'the local model server answers, and no provider is asked' : 'it is left out'
  for (const variable of placeholders) say(`${variable} is a placeholder: ${instead}`)
  if (local) return startLocalModel(catalog, home)
  const names = [...new Set(real.map(({ provider }) => provider))]
  return {
    keys: Object.fromEntries(real.map(({ variable, value }) => [variable, value])),
    env: {},
    name: [...names, ...(vault ? ['vault'] : [])].join(','),
    description: [
      ...names.map((name) => addressOf(catalog, name, env)),
      ...(vault ? ['providers with a key in Supabase Vault'] : []),
    ].join(', '),
    modelUrl: null,
    stop: async () => undefined,
  }
}
