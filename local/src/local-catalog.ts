import type { Catalog } from '@recto/shared/catalog'

/** The name of the local model server as a provider, and the variable of its key. */
export const localProvider = 'recto-local'
export const localKeyVariable = 'LOCAL_MODEL_API_KEY'

/** An invented price in USD, so that costs and budgets can be seen at work. It is always of today. */
const price = () => {
  const as_of = new Date().toISOString().slice(0, 10)
  return { input_per_million: '0.1', output_per_million: '0.1', currency: 'USD', as_of }
}

/**
 * The JSON of a catalog in which the local model server at `baseUrl` offers the models of `catalog`, and nobody else
 * does.
 */
export const localCatalog = ({ models, aliases }: Catalog, baseUrl: string) => ({
  providers: {
    [localProvider]: {
      base_url: baseUrl,
      // A text that stays on this machine reaches nobody outside of the EU, so apps that require the EU can be tried.
      region: 'eu',
      key_variable: localKeyVariable,
    },
  },
  models: models.map(({ id, quality, context_tokens }) => ({
    id,
    quality,
    context_tokens,
    routes: [{ provider: localProvider, price: price() }],
  })),
  aliases,
})
