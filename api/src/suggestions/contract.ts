import { createRoute, z } from '@hono/zod-openapi'
import { Suggestion } from '@recto/shared/generation'
import { GenerationId } from '../generations/contract.ts'
import { json, problemAnswers } from '../openapi/responses.ts'

export const suggestionsRoute = createRoute({
  method: 'get',
  path: '/{id}/suggestions',
  tags: ['Suggestions'],
  security: [{ accessToken: [] }],
  summary: 'List the suggestions of a generation, in order',
  request: { params: GenerationId },
  responses: {
    200: json(
      'All of them.',
      z.object({ data: z.array(Suggestion.meta({ id: 'Suggestion' })), next_cursor: z.null() }),
    ),
    ...problemAnswers([401, 404, 500, 503]),
  },
})
