import { createRoute, z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import type { Catalog } from '@recto/shared/catalog'
import { Generation, statuses } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { wholeNumber } from '../http/whole-number.ts'
import { Limits } from '../limits/contract.ts'
import {
  accountHeader,
  header,
  ifNoneMatch,
  json,
  parameter,
  problemAnswers,
  rateHeaders,
  requestIdHeader,
  retryAfter,
} from '../openapi/responses.ts'
import { submissionBody } from './body.ts'

export const GenerationId = z.object({ id: z.guid().toLowerCase().openapi({ format: 'uuid' }) })

const GenerationAnswer = Generation.meta({ id: 'Generation' })

const estimateFields = {
  model: z.string(),
  models: z
    .array(z.string())
    .openapi({ description: 'The models that may be asked, in the order in which they are tried.' }),
  max_cost_usd: z.string().openapi({
    description: 'The highest cost of one request to the most expensive of them, by the prices of the catalog.',
  }),
  expected_cost_usd: z.string().openapi({
    description: 'The cost of a usual answer to usual text without thinking, by the most expensive list price.',
  }),
}

const EstimateAnswer = z
  .object({
    ...estimateFields,
    aliases: z
      .array(z.object(estimateFields))
      .openapi({ description: 'What the same request would cost under each alias, for a choice of `model`.' }),
    would_be: z.string().openapi({ description: '`accepted`, `waiting`, or the code of the error.' }),
    limits: Limits.shape.data,
  })
  .meta({ id: 'Estimate' })

const etag = { ETag: header('Changes with the generation.') }

const security = [{ accessToken: [] }]
const tags = ['Generations']

export const submitRoute = (catalog: Catalog, kinds: readonly KindContract[]) =>
  createRoute({
    method: 'post',
    path: '/',
    tags,
    security,
    summary: 'Submit a text',
    description:
      'Answers at once. An accepted generation ends as `succeeded`, `failed` or `cancelled`: poll `Location`. ' +
      'With `Prefer: wait=n`, the answer is the generation when it ends in time.',
    parameters: [
      accountHeader,
      parameter('Prefer', '`wait=n` waits up to n seconds for the end of the generation. An n above 30 counts as 30.'),
      parameter('Idempotency-Key', 'The same key with the same body gives the same answer, with nothing done twice.', {
        type: 'string',
        minLength: 8,
        maxLength: 200,
      }),
    ],
    request: {
      query: z.strictObject({
        dry_run: z.enum(['true', 'false']).optional().openapi({
          description:
            '`true`: answers the maximum cost and whether it would be accepted. Nothing is stored or counted.',
        }),
      }),
      body: { required: true, content: { 'application/json': { schema: submissionBody(catalog, kinds) } } },
    },
    responses: {
      200: json(
        'The answer to a dry run, or the generation that ended within the time of `Prefer: wait=n`.',
        z.union([z.object({ data: EstimateAnswer }), GenerationAnswer]),
        {
          ...rateHeaders('generations'),
          ...etag,
          Location: header('The URL of the generation.'),
          'Idempotency-Replayed': header('`true` when the answer is that of an earlier submission.'),
          'Preference-Applied': header('The `wait` that was applied.'),
        },
      ),
      202: json(
        'Accepted, or accepted before under this key (`Idempotency-Replayed: true`).',
        z.object({ generation_id: z.uuid(), status: z.literal('pending') }),
        {
          ...rateHeaders('generations'),
          ...retryAfter,
          Location: header('The URL of the generation.'),
          'Idempotency-Replayed': header('`true` when the answer is that of an earlier submission.'),
        },
      ),
      ...problemAnswers([400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 503], rateHeaders('generations')),
    },
  })

export const listRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'List the caller’s generations, or those of an account, newest first',
  request: {
    query: z.strictObject({
      account_id: AccountId.optional().openapi({
        format: 'uuid',
        description:
          'Lists the generations of this account, those of other members only when the account shares texts.',
      }),
      status: z.enum(statuses).optional(),
      limit: wholeNumber(1, 100).optional(),
      cursor: z.string().max(200).optional().openapi({ description: '`next_cursor` of the previous page.' }),
    }),
  },
  responses: {
    200: json(
      'A page of generations.',
      z.object({ data: z.array(GenerationAnswer), next_cursor: z.string().nullable() }),
    ),
    ...problemAnswers([400, 401, 500, 503]),
  },
})

export const readRoute = createRoute({
  method: 'get',
  path: '/{id}',
  tags,
  security,
  summary: 'Read a generation, or wait for its next status',
  description:
    '`wait` (or `Prefer: wait=n`) delays the answer until the status or, with `If-None-Match`, the ETag changes.',
  parameters: [
    ifNoneMatch,
    parameter('Prefer', '`wait=n` is the same as the query parameter. An n above 30 counts as 30.'),
  ],
  request: { params: GenerationId, query: z.strictObject({ wait: wholeNumber(1, 30).optional() }) },
  responses: {
    200: json('The generation in any status. `Retry-After` is present until it has ended.', GenerationAnswer, {
      ...etag,
      ...retryAfter,
      'Preference-Applied': header('The `wait` that was applied.'),
    }),
    304: {
      description: 'The generation has not changed since the ETag.',
      headers: { ...requestIdHeader, ...rateHeaders('generations'), ...etag, ...retryAfter },
    },
    ...problemAnswers([400, 401, 404, 500, 503]),
  },
})

export const cancelRoute = createRoute({
  method: 'post',
  path: '/{id}/cancel',
  tags,
  security,
  summary: 'Cancel a generation',
  request: { params: GenerationId },
  responses: {
    200: json('The generation had ended before.', GenerationAnswer),
    202: json('The generation was live and is cancelled.', GenerationAnswer),
    ...problemAnswers([401, 404, 413, 500, 503]),
  },
})

export const deleteRoute = createRoute({
  method: 'delete',
  path: '/{id}',
  tags,
  security,
  summary: 'Delete a generation with its text and suggestions',
  request: { params: GenerationId },
  responses: {
    204: { description: 'The generation is deleted.', headers: { ...requestIdHeader, ...rateHeaders('generations') } },
    ...problemAnswers([401, 404, 413, 500, 503]),
  },
})
