import { z } from 'zod'

// With six decimals a million tokens' price divides into whole units for each token, so that sums stay exact.
const perMillion = z.string().regex(/^\d{1,6}(?:\.\d{1,6})?$/)

const providerOptionsSchema = z.strictObject({
  /** Stands in each record, and as `provider` in each answer, so that servers can be told apart. */
  name: z.string().min(1).default('recto-local'),
  /** Where the server says that data stayed: `data_region` of a lookup. */
  region: z.enum(['global', 'europe', 'us']).default('global'),
  /** The bearers that are served; any other is answered 401. Without it, everybody is served. */
  keys: z.array(z.string().min(1)).optional(),
  /** What a stream costs that was not sent whole: the prompt and the pieces sent, or all of it. Without a piece, nothing. */
  billing: z.enum(['tokens', 'whole']).default('tokens'),
  /** Charged for a million tokens, in decimals, unless a step has its own `cost`. */
  price: z
    .strictObject({ input_per_million: perMillion, output_per_million: perMillion })
    .default({ input_per_million: '0.1', output_per_million: '0.1' }),
  /** Without it the usage says tokens only and there is no lookup by id, as with OpenAI and Scaleway. */
  report_cost: z.boolean().default(true),
  /** Fields of a body that are answered 400 when they are sent, and when they are not. */
  refuses: z.array(z.string().min(1)).default([]),
  requires: z.array(z.string().min(1)).default([]),
  /** How long after a request's end its lookup by id still answers 404; a step's own wins. */
  lookup_delay_ms: z.number().min(0).default(0),
})

/** How a model server behaves as a provider, whatever it is asked. */
export type ProviderOptionsInput = z.input<typeof providerOptionsSchema>
export type ProviderOptions = z.output<typeof providerOptionsSchema>

/** Adds the defaults. @throws z.ZodError when an option is invalid */
export const parseProviderOptions = (options: ProviderOptionsInput): ProviderOptions =>
  providerOptionsSchema.parse(options)
