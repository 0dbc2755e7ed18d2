import type { Catalog } from '@recto/shared/catalog'
import type { OpenAI } from 'openai'
import type { ProviderKeys } from '../llm/keys/provider-keys.ts'
import type { Route } from '../llm/route.ts'
import { cleanText } from '../llm/wire/clean-text.ts'
import { type ComparedRoute, compareRoute } from './compare.ts'
import { fetchList } from './fetch-list.ts'
import type { ModelList } from './read-list.ts'

export type CompareDeps = {
  catalog: Catalog
  routes: readonly Route[]
  /** By provider. */
  clients: Readonly<Record<string, OpenAI>>
  keys: Pick<ProviderKeys, 'ringOf' | 'variables'>
  timeoutMs: number
}

/** The provider to ask; undefined for all that have a key. `accept`: models whose suspicious prices are taken. */
export type ComparedChoice = { provider: string | undefined; accept: readonly string[] }

/** The routes in the order of the catalog, and by provider why its list could not be read. */
export type ComparedCatalog = { routes: ComparedRoute[]; unread: Map<string, string> }

const chooseProviders = ({ catalog, keys }: CompareDeps, { provider, accept }: ComparedChoice): string[] => {
  const names = Object.keys(catalog.providers)
  const unknown = accept.find((id) => !catalog.models.some((model) => model.id === id))
  if (unknown !== undefined) throw new Error(`--accept: the catalog has no model with the id ${unknown}`)
  if (provider === undefined) {
    const chosen = names.filter((name) => keys.ringOf(name).size() > 0)
    if (chosen.length > 0) return chosen
    throw new Error(
      `no provider has a key: set one of ${keys.variables.join(', ')} (or …_FILE), or name a provider with --provider`,
    )
  }
  if (!names.includes(provider)) throw new Error(`there is no provider ${provider}; there are: ${names.join(', ')}`)
  return [provider]
}

/**
 * Compares the catalog with the lists of its providers. A provider without a key is asked only when it is chosen, because
 * the list of some is public.
 * @throws Error whose message says what to do, when a name is unknown or no provider has a key
 */
export const compareCatalog = async (deps: CompareDeps, choice: ComparedChoice): Promise<ComparedCatalog> => {
  const providers = chooseProviders(deps, choice)
  const lists = new Map<string, ModelList>()
  const unread = new Map<string, string>()
  const ask = async (name: string): Promise<void> => {
    const client = deps.clients[name]
    const key = deps.keys.ringOf(name).next()
    if (!client) return
    await fetchList(client, key, deps.timeoutMs).then(
      (list) => lists.set(name, list),
      (error: Error) => unread.set(name, error.message),
    )
  }
  await Promise.all(providers.map(ask))
  const redact = (name: string, text: string) => deps.keys.ringOf(name).next()?.redact(text) ?? text
  const routes = deps.routes
    .filter(({ provider }) => providers.includes(provider))
    .map((route) => compareRoute(route, lists.get(route.provider) ?? null, choice.accept.includes(route.modelId)))
    .map((compared) => ({
      ...compared,
      remarks: compared.remarks.map((remark) => redact(compared.provider, cleanText(remark, 1000))),
    }))
  return { routes, unread }
}
