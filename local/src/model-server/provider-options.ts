import { z } from 'zod'

// With at most six decimals, the price of one token has at most twelve, like every amount in a script.
const perMillion = z.string().regex(/^\d{1,6}(?:\.\d{1,6})?$/)

const providerOptionsSchema = z.strictObject({
  /** The name of the server, in each record and as `provider` in each completion. */
  name: z.string().min(1).default('recto-local'),
  /** The `data_region` that a lookup answers. */
  region: z.enum(['global', 'europe', 'us']).default('global'),
  /** The API keys that are accepted. Any other is answered 401. Without this option, no key is required. */
  keys: z.array(z.string().min(1)).optional(),
  /**
   * The charge of a stream that ends early: `tokens` charges the prompt and the sent chunks, `whole` charges all of it.
   * Nothing is charged before the first chunk.
   */
  billing: z.enum(['tokens', 'whole']).default('tokens'),
  /** The price in USD of a million tokens, as decimal strings. The `cost` of a step replaces it. */
  price: z
    .strictObject({ input_per_million: perMillion, output_per_million: perMillion })
    .default({ input_per_million: '0.1', output_per_million: '0.1' }),
  /** False leaves the cost out of the usage and switches the lookup off, as with OpenAI and Scaleway. */
  report_cost: z.boolean().default(true),
  /** Body fields that are answered 400 when they are sent. */
  refuses: z.array(z.string().min(1)).default([]),
  /** Body fields that are answered 400 when they are missing. */
  requires: z.array(z.string().min(1)).default([]),
  /** How long after a request's end its lookup answers 404. The `lookup_delay_ms` of a step replaces it. */
  lookup_delay_ms: z.number().min(0).default(0),
})

/** How a model server behaves as a provider, whatever it is asked. */
export type ProviderOptionsInput = z.input<typeof providerOptionsSchema>
export type ProviderOptions = z.output<typeof providerOptionsSchema>

/** Adds the defaults. @throws z.ZodError when an option is invalid */
export const parseProviderOptions = (options: ProviderOptionsInput): ProviderOptions =>
  providerOptionsSchema.parse(options)
