import { createRoute, z } from '@hono/zod-openapi'
import { type Catalog, defaultModel, modelNames } from '@recto/shared/catalog'
import { CheckMessage, ConnectionCheckAnswer } from '@recto/shared/connection-check'
import { json, problemAnswers, rateHeaders } from '../openapi/responses.ts'

export const connectionCheckRoute = (catalog: Catalog) =>
  createRoute({
    method: 'post',
    path: '/',
    tags: ['Models'],
    security: [{ accessToken: [] }],
    summary: 'Check the connection to a model',
    description:
      'A worker sends the model the message, or a short question of its own, which costs money as any request does.',
    request: {
      body: {
        required: false,
        content: {
          'application/json': {
            schema: z
              .strictObject({
                model: z
                  .string()
                  .min(1)
                  .max(200)
                  .optional()
                  .openapi({ default: defaultModel, examples: modelNames(catalog) }),
                message: CheckMessage.optional(),
              })
              .meta({ id: 'ConnectionCheck' }),
          },
        },
      },
    },
    responses: {
      200: json(
        'It does.',
        z.object({
          data: ConnectionCheckAnswer.meta({ id: 'ConnectionCheckResult' }),
          message: z.string().openapi({ description: 'The result in words.' }),
        }),
        rateHeaders('connection_checks'),
      ),
      ...problemAnswers([400, 401, 402, 403, 409, 413, 415, 429, 500, 502, 503], rateHeaders('connection_checks')),
    },
  })
