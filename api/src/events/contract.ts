import { createRoute, z } from '@hono/zod-openapi'
import { GenerationId } from '../generations/contract.ts'
import { parameter, problemAnswers, rateHeaders, requestIdHeader } from '../openapi/responses.ts'

export const eventsRoute = createRoute({
  method: 'get',
  path: '/{id}/events',
  tags: ['Generations'],
  security: [{ accessToken: [] }],
  summary: 'Follow a generation by server-sent events',
  description:
    'Sends `status`, `suggestion`, `delta`, `progress`, `reset`, `withdrawn`, `expired`, and `done` as the last event. ' +
    'Events with an id come from what is stored, and can be had again.',
  parameters: [
    parameter('Last-Event-ID', 'The id of the last event that the reader has. The stream resumes behind it.'),
  ],
  request: { params: GenerationId },
  responses: {
    200: {
      description: 'The events, until the generation is over, the token expires, or the process stops.',
      headers: { ...requestIdHeader, ...rateHeaders('generations') },
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemAnswers([401, 404, 429, 500, 503]),
  },
})
