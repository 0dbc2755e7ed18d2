import type { Catalog, CatalogProvider } from '@recto/shared/catalog'
import { createKeyRing, type KeyRing } from './key-ring.ts'
import { readKeys } from './key-sources.ts'

export type ProviderKeysDeps = {
  catalog: Catalog
  /** The environment; a variable with keys is taken out of it once they are read. */
  env: Record<string, string | undefined>
  readFile(path: string): Promise<string>
  /** What the deployment's vault holds, by variable; null where it is not used. */
  readVault: ((variables: string[]) => Promise<Record<string, string[]>>) | null
  now(): number
}

/** The key rings of all providers of a catalog, filled from the environment, from files and from a vault. */
export const createProviderKeys = ({ catalog, env, readFile, readVault, now }: ProviderKeysDeps) => {
  const providers = Object.entries(catalog.providers)
  const rings = new Map<string, KeyRing>(providers.map(([name]) => [name, createKeyRing([], { now })]))

  /** Keys in the environment itself are there once, and stay: only files and the vault can change. */
  const kept = new Set<string>()
  const take = async ([name, { key_variable }]: [string, CatalogProvider], vault: Record<string, string[]>) => {
    if (kept.has(name)) return
    const found = await readKeys(env, key_variable, readFile)
    if (env[key_variable]) kept.add(name)
    const keys = found.length > 0 ? found : (vault[key_variable] ?? [])
    if (keys.length > 0) rings.get(name)?.replace(keys)
    delete env[key_variable]
  }

  const load = async (vault: Record<string, string[]>): Promise<void> => {
    for (const provider of providers) await take(provider, vault)
  }

  return {
    ringOf: (provider: string): KeyRing => {
      const ring = rings.get(provider)
      if (!ring) throw new RangeError(`the catalog has no provider ${provider}`)
      return ring
    },
    /** Reads what can be read without a database. @throws Error that names the variable that is wrong */
    load: (): Promise<void> => load({}),
    /** Reads everything again, the vault too; keys that stay keep their rest. @throws Error, with all keys as they were before its place */
    reload: async (): Promise<void> => {
      const variables = providers.map(([, { key_variable }]) => key_variable)
      await load(readVault ? await readVault(variables) : {})
    },
    /** Whether any provider has a key. */
    some: (): boolean => [...rings.values()].some((ring) => ring.size() > 0),
    /** By provider: how many keys there are, and how many of them rest. */
    counts: (): { provider: string; keys: number; resting: number }[] =>
      [...rings].map(([provider, ring]) => ({ provider, keys: ring.size(), resting: ring.restingCount() })),
    /** What may be told of the keys, by provider. */
    fingerprints: (): { provider: string; fingerprints: string[] }[] =>
      [...rings].map(([provider, ring]) => ({ provider, fingerprints: ring.fingerprints() })),
    /** What would have to be set. */
    variables: providers.map(([, { key_variable }]) => key_variable),
  }
}

export type ProviderKeys = ReturnType<typeof createProviderKeys>
