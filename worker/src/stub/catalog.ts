import { type Catalog, modelNames, parseCatalog } from '@recto/shared/catalog'

/** The name of the stub as a provider and as a model, in every row and answer that it has a part in. */
export const stubName = 'recto-stub'
export const stubKeyVariable = 'STUB_API_KEY'

/**
 * A catalog in which every name of another one means the stub, which costs nothing and reads texts of any length.
 * `today`: YYYY-MM-DD.
 */
export const stubCatalog = (catalog: Catalog, today: string): Catalog =>
  parseCatalog({
    providers: {
      // Nothing is sent to this address. A text that leaves no process satisfies every residency.
      [stubName]: { base_url: 'http://stub.invalid/v1', region: 'eu', key_variable: stubKeyVariable },
    },
    models: [
      {
        id: stubName,
        quality: 0,
        context_tokens: 10_000_000,
        routes: [
          {
            provider: stubName,
            price: { input_per_million: '0', output_per_million: '0', currency: 'USD', as_of: today },
          },
        ],
      },
    ],
    aliases: Object.fromEntries(modelNames(catalog).map((name) => [name, [stubName]])),
  })
