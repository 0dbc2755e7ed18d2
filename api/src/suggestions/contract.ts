import { createRoute, z } from '@hono/zod-openapi'
import { Suggestion, statuses } from '@recto/shared/generation'
import { GenerationId } from '../generations/contract.ts'
import { json, problemAnswers, retryAfter } from '../openapi/responses.ts'

export const suggestionsRoute = createRoute({
  method: 'get',
  path: '/{id}/suggestions',
  tags: ['Suggestions'],
  security: [{ accessToken: [] }],
  summary: 'List the suggestions of a generation, in order',
  request: { params: GenerationId },
  responses: {
    200: json(
      'All of them, beside the status of the generation. `Retry-After` is present until it has ended.',
      z.object({
        status: z.enum(statuses),
        data: z.array(Suggestion.meta({ id: 'Suggestion' })),
        next_cursor: z.null(),
      }),
      retryAfter,
    ),
    ...problemAnswers([401, 404, 500, 503]),
  },
})
