import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Catalog, parseCatalog } from '@recto/shared/catalog'
import type { System } from './system.ts'

type ListedProvider = Partial<Omit<Catalog['providers'][string], 'quirks'>> & {
  base_url: string
  quirks?: Partial<Catalog['providers'][string]['quirks']>
}
type Price = Catalog['models'][number]['routes'][number]['price']

export type CatalogInput = {
  /** Providers by name. Unless it sets another, the key variable follows the name, such as FIRST_API_KEY. */
  providers: Record<string, ListedProvider>
  /** The providers of each model, in the order in which the worker tries them. */
  models: Record<string, string[]>
  /** The prices of providers that differ from `usualPrice`. */
  prices?: Record<string, Price>
  rates?: Catalog['rates']
  /** Beside `balanced`. */
  aliases?: Catalog['aliases']
}

const usualPrice: Price = { input_per_million: '0.1', output_per_million: '0.1', currency: 'USD', as_of: '2026-01-01' }

const keyVariableOf = (name: string) => `${name.toUpperCase().replaceAll('-', '_')}_API_KEY`

/** A catalog as an operator would write it. The alias `balanced` stands for its first model. */
export const catalogOf = ({ providers, models, prices = {}, rates = {}, aliases = {} }: CatalogInput): Catalog =>
  parseCatalog({
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, provider]) => [
        name,
        { region: 'global', key_variable: keyVariableOf(name), ...provider },
      ]),
    ),
    rates,
    models: Object.entries(models).map(([id, names]) => ({
      id,
      quality: 50,
      context_tokens: 100_000,
      routes: names.map((provider) => ({ provider, price: prices[provider] ?? usualPrice })),
    })),
    aliases: { balanced: Object.keys(models).slice(0, 1), ...aliases },
  })

/** The environment of a worker with this catalog and one key for each provider, `key-of-<name>`. */
export const catalogEnv = ({ folder }: Pick<System, 'folder'>, catalog: Catalog): Record<string, string> => {
  const path = join(folder, `models-${crypto.randomUUID()}.json`)
  writeFileSync(path, JSON.stringify(catalog))
  const keys = Object.entries(catalog.providers).map(([name, { key_variable }]) => [key_variable, `key-of-${name}`])
  return { OPENROUTER_API_KEY: '', RECTO_MODELS: path, ...Object.fromEntries(keys) }
}
