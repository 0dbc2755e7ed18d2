import { type Catalog, type DataResidency, findModels, modelNames, satisfies } from '@recto/shared/catalog'
import type { OpenAI } from 'openai'
import type { Key } from '../llm/keys/key-ring.ts'
import type { ProviderKeys } from '../llm/keys/provider-keys.ts'
import type { Route } from '../llm/route.ts'

/** A route and one key of its provider. */
export type RouteToCheck = { client: OpenAI; key: Key; route: Route }

export type RoutesToCheckDeps = {
  catalog: Catalog
  routes: readonly Route[]
  clients: Readonly<Record<string, OpenAI>>
  keys: Pick<ProviderKeys, 'ringOf' | 'variables'>
  residency: DataResidency
}

/** The catalog's alias or id of a model, and the name of a provider, that the operator chose. */
export type Chosen = { model: string | undefined; provider: string | undefined }

/**
 * Every route that the deployment may use, once with each key of its provider, in the order of the catalog.
 * @throws Error whose message says what to do, when a name is unknown or nothing is left to check
 */
export const routesToCheck = (
  { catalog, routes, clients, keys, residency }: RoutesToCheckDeps,
  chosen: Chosen,
): RouteToCheck[] => {
  const { model, provider } = chosen
  const providers = Object.keys(catalog.providers)
  if (provider !== undefined && !providers.includes(provider))
    throw new Error(`there is no provider ${provider}; there are: ${providers.join(', ')}`)
  const ids = model === undefined ? null : findModels(catalog, model).map(({ id }) => id)
  if (ids?.length === 0) throw new Error(`there is no model ${model}; there are: ${modelNames(catalog).join(', ')}`)

  const offered = routes.filter(
    (route) => (ids?.includes(route.modelId) ?? true) && (provider === undefined || route.provider === provider),
  )
  if (offered.length === 0) throw new Error(`${provider} does not offer ${model}`)
  const allowed = offered.filter(({ region }) => satisfies(region, residency))
  if (allowed.length === 0) throw new Error('RECTO_DATA_RESIDENCY=eu allows none of these routes: none is in the EU')

  const leases = allowed.flatMap((route) => {
    const client = clients[route.provider]
    const ring = keys.ringOf(route.provider)
    // A ring gives its keys in turn, so this gets each key once.
    const taken = client ? Array.from({ length: ring.size() }, () => ring.next()) : []
    return taken.flatMap((key) => (client && key ? [{ client, key, route }] : []))
  })
  if (leases.length > 0) return leases
  const wanted = new Set(allowed.map((route) => catalog.providers[route.provider]?.key_variable))
  throw new Error(
    `no provider has a key: set one of ${[...wanted].join(', ')} (or …_FILE; the command does not read a vault)`,
  )
}
