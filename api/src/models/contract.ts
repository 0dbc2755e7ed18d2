import { createRoute, z } from '@hono/zod-openapi'
import {
  accountHeader,
  accountIdParameter,
  header,
  ifNoneMatch,
  json,
  problemAnswers,
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

const allowed = z.boolean().openapi({ description: 'The plan of the account lets a request have this name.' })

const Model = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()).openapi({ description: 'Names that may lead to this model.' }),
    context_tokens: z.int(),
    quality: z.int().openapi({ description: 'Higher is better.' }),
    regions: z.array(z.string()).openapi({ description: 'Where texts may be processed: `eu`, or elsewhere.' }),
    prices: z.array(Price).openapi({ description: 'Per million tokens, by provider; decimal strings.' }),
    available: z.boolean().openapi({ description: 'Some worker can ask it now.' }),
    allowed,
  })
  .meta({ id: 'Model' })

const Alias = z
  .object({
    name: z.string(),
    models: z.array(z.string()).openapi({ description: 'In the order in which they are tried.' }),
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
    .openapi({ description: 'What a request gets that names no model; null where that is not to be had.' }),
})
export type ModelList = z.infer<typeof ModelList>

const etag = { ETag: header('Changes with the list.') }

export const modelsRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Models'],
  security: [{ accessToken: [] }],
  summary: 'What `model` of a request may be',
  description:
    'The models and aliases that the residency of this deployment and of the account allows; those that its plan does not include are not `allowed`, and refused with `plan_limit`.',
  parameters: [accountHeader, ifNoneMatch],
  request: {
    query: z.strictObject({
      account_id: accountIdParameter,
    }),
  },
  responses: {
    200: json('All of them.', ModelList, etag),
    304: { description: 'Nothing changed since the ETag.', headers: { ...requestIdHeader, ...etag } },
    ...problemAnswers([400, 401, 403, 500, 503]),
  },
})
