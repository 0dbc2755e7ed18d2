import type { Catalog } from '@recto/shared/catalog'
import { isPlaceholderKey, placeholderNames } from '@recto/shared/placeholder-key'
import { createKeyRing, type KeyRing } from './key-ring.ts'
import { InvalidKey, readKeys } from './key-sources.ts'

export type ProviderKeysDeps = {
  catalog: Catalog
  /** The environment. A variable that holds keys is deleted from it once they are read. */
  env: Record<string, string | undefined>
  readFile(path: string): Promise<string>
  /** Reads the keys in the deployment's vault, by variable name; null when no vault is used. */
  readVault: ((variables: string[]) => Promise<Record<string, string[]>>) | null
  now(): number
}

/** @throws InvalidKey when one of the keys is a placeholder */
const refusePlaceholders = (variable: string, keys: readonly string[]): void => {
  if (!keys.some(isPlaceholderKey)) return
  const holds = `${variable} holds a placeholder (${placeholderNames})`
  throw new InvalidKey(`${holds}, which only \`npm start\` takes: a worker needs a key of the provider`)
}

/**
 * The key rings of all providers of a catalog, filled from an environment variable or a file, or else from the vault.
 */
export const createProviderKeys = ({ catalog, env, readFile, readVault, now }: ProviderKeysDeps) => {
  const providers = Object.entries(catalog.providers)
  const rings = new Map<string, KeyRing>(providers.map(([name]) => [name, createKeyRing([], { now })]))

  /** The providers by the variable of their keys: several hosts of one company may share a variable. */
  const sharers = Map.groupBy(providers, ([, { key_variable }]) => key_variable)

  /** Variables that had keys. They are deleted, so these keys stay: only files and the vault can change. */
  const deleted = new Set<string>()
  const loadVariable = async (variable: string, vault: Record<string, string[]>) => {
    if (deleted.has(variable)) return
    const found = await readKeys(env, variable, readFile)
    if (env[variable]) deleted.add(variable)
    const keys = found.length > 0 ? found : (vault[variable] ?? [])
    refusePlaceholders(variable, keys)
    // Each provider has a ring of its own, because a key that rests at one of them may work at the others.
    if (keys.length > 0) for (const [name] of sharers.get(variable) ?? []) rings.get(name)?.replace(keys)
    delete env[variable]
  }

  const load = async (vault: Record<string, string[]>): Promise<void> => {
    for (const variable of sharers.keys()) await loadVariable(variable, vault)
  }

  return {
    /** The key ring of a provider. @throws RangeError when the catalog has no such provider */
    ringOf: (provider: string): KeyRing => {
      const ring = rings.get(provider)
      if (!ring) throw new RangeError(`the catalog has no provider ${provider}`)
      return ring
    },
    /** Reads variables and files, which need no database. @throws Error that names the wrong variable */
    load: (): Promise<void> => load({}),
    /**
     * Reads files and the vault again; a key that was there before keeps its rest.
     * @throws Error when a source cannot be read. Providers before it in the catalog then have their new keys, the
     * others the old.
     */
    reload: async (): Promise<void> => load(readVault ? await readVault([...sharers.keys()]) : {}),
    /** Whether any provider has a key. */
    some: (): boolean => [...rings.values()].some((ring) => ring.size() > 0),
    /** How many keys each provider has, how many of them rest, and how many of these because they were refused. */
    counts: (): { provider: string; keys: number; resting: number; refused: number }[] =>
      [...rings].map(([provider, ring]) => ({
        provider,
        keys: ring.size(),
        resting: ring.restingCount(),
        refused: ring.refusedCount(),
      })),
    /** The fingerprints of each provider's keys, which may be stored and logged. */
    fingerprints: (): { provider: string; fingerprints: string[] }[] =>
      [...rings].map(([provider, ring]) => ({ provider, fingerprints: ring.fingerprints() })),
    /** The environment variables that may hold keys, for an error message that says what to set. */
    variables: [...sharers.keys()],
  }
}

export type ProviderKeys = ReturnType<typeof createProviderKeys>
