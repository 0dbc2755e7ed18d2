import { createRoute, z } from '@hono/zod-openapi'
import { statuses } from '@recto/shared/generation'
import { Finding } from '@recto/shared/kinds/code-review/finding'
import { GenerationId } from '../generations/contract.ts'
import { json, problemAnswers, retryAfter } from '../openapi/responses.ts'
import { DecidedId, repeatedDecisions } from '../reviews/decisions.ts'
import { FindingDecision, FindingReview } from './decision.ts'

const security = [{ accessToken: [] }]
const tags = ['Findings']
export const FindingAnswer = Finding.meta({ id: 'Finding' })

export const findingsRoute = createRoute({
  method: 'get',
  path: '/{id}/findings',
  tags,
  security,
  summary: 'List the findings of a code review, in order',
  request: { params: GenerationId },
  responses: {
    200: json(
      'All of them, beside the status of the generation. `Retry-After` is present until it has ended.',
      z.object({ status: z.enum(statuses), data: z.array(FindingAnswer), next_cursor: z.null() }),
      retryAfter,
    ),
    ...problemAnswers([401, 404, 500, 503]),
  },
})

export const decideRoute = createRoute({
  method: 'patch',
  path: '/{id}',
  tags,
  security,
  summary: 'Accept, reject or undo a finding',
  description: repeatedDecisions,
  request: {
    params: z.object({ id: DecidedId }),
    body: { required: true, content: { 'application/json': { schema: FindingDecision } } },
  },
  responses: {
    200: json('The finding as it is now.', FindingAnswer),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 500, 503]),
  },
})

export const reviewRoute = createRoute({
  method: 'post',
  path: '/review',
  tags,
  security,
  summary: 'Carry out up to 100 decisions about findings, all or none',
  description: `An error about some of the findings names them in \`errors\`, and nothing has changed. ${repeatedDecisions}`,
  request: { body: { required: true, content: { 'application/json': { schema: FindingReview } } } },
  responses: {
    200: json(
      'The findings as they are now, in the order of the decisions.',
      z.object({ data: z.array(FindingAnswer), next_cursor: z.null() }),
    ),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 500, 503]),
  },
})
