import { createRoute, z } from '@hono/zod-openapi'
import {
  accountHeader,
  accountIdParameter,
  header,
  ifNoneMatch,
  json,
  problemAnswers,
  rateHeaders,
  requestIdHeader,
} from '../openapi/responses.ts'

const Price = z.object({
  provider: z.string(),
  region: z.string(),
  input_per_million: z.string(),
  output_per_million: z.string(),
  currency: z.string(),
  as_of: z.string(),
})

const allowed = z.boolean().openapi({ description: 'Whether the account’s plan includes this name.' })

const Model = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()).openapi({ description: 'The aliases that may choose this model.' }),
    context_tokens: z.int(),
    quality: z.int().openapi({ description: 'Higher is better.' }),
    regions: z.array(z.string()).openapi({ description: 'The regions in which its providers process texts.' }),
    prices: z.array(Price).openapi({ description: 'Prices per million tokens for each provider, as decimal strings.' }),
    available: z.boolean().openapi({ description: 'Whether a worker can use it now.' }),
    allowed,
  })
  .meta({ id: 'Model' })

const Alias = z
  .object({
    name: z.string(),
    models: z.array(z.string()).openapi({ description: 'Its models, in the order in which they are tried.' }),
    available: z.boolean(),
    allowed,
  })
  .meta({ id: 'ModelAlias' })

const ModelList = z.object({
  data: z.array(Model),
  next_cursor: z.null(),
  aliases: z.array(Alias),
  default: z
    .string()
    .nullable()
    .openapi({ description: 'The model of a request that names none; null when it is not available to the account.' }),
})
export type ModelList = z.infer<typeof ModelList>

const etag = { ETag: header('Changes with the list.') }

export const modelsRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Models'],
  security: [{ accessToken: [] }],
  summary: 'List the models and aliases that a request may name',
  description:
    'Lists what the residencies of deployment and account allow. A name that is not `allowed` fails with `plan_limit`.',
  parameters: [accountHeader, ifNoneMatch],
  request: {
    query: z.strictObject({
      account_id: accountIdParameter,
    }),
  },
  responses: {
    200: json('All models and aliases.', ModelList, etag),
    304: {
      description: 'The list has not changed since the ETag.',
      headers: { ...requestIdHeader, ...rateHeaders('generations'), ...etag },
    },
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
