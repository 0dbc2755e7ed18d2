import { createRoute, z } from '@hono/zod-openapi'
import { Suggestion, suggestionStatuses } from '@recto/shared/generation'
import { GenerationId } from '../generations/contract.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { json, problemAnswers } from '../openapi/responses.ts'
import { DecidedId, repeatedDecisions } from '../reviews/decisions.ts'
import { Decision, Review } from './decision.ts'

const security = [{ accessToken: [] }]
const tags = ['Suggestions']
const SuggestionAnswer = Suggestion.meta({ id: 'Suggestion' })

export const listOwnRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'List the caller’s own suggestions, those of the newest generation first',
  request: {
    query: z.strictObject({
      status: z.enum(suggestionStatuses).optional(),
      generation_id: GenerationId.shape.id.optional(),
      flag: z
        .string()
        .regex(/^[a-z_]{1,40}$/, 'must be a flag')
        .optional()
        .openapi({ description: 'Only suggestions with this flag, such as `duplicate_of_card`.' }),
      limit: wholeNumber(1, 100).optional(),
      cursor: z.string().max(200).optional().openapi({ description: '`next_cursor` of the previous page.' }),
    }),
  },
  responses: {
    200: json(
      'A page of suggestions.',
      z.object({ data: z.array(SuggestionAnswer), next_cursor: z.string().nullable() }),
    ),
    ...problemAnswers([400, 401, 500, 503]),
  },
})

export const decideRoute = createRoute({
  method: 'patch',
  path: '/{id}',
  tags,
  security,
  summary: 'Accept, reject or undo a suggestion',
  description: `Accepting makes exactly one card. \`undo\` deletes it, unless it was changed (\`card_changed\`). ${repeatedDecisions}`,
  request: {
    params: z.object({ id: DecidedId }),
    body: { required: true, content: { 'application/json': { schema: Decision } } },
  },
  responses: {
    200: json('The suggestion as it is now.', SuggestionAnswer),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 500, 503]),
  },
})

export const reviewRoute = createRoute({
  method: 'post',
  path: '/review',
  tags,
  security,
  summary: 'Carry out up to 100 decisions, all or none',
  description: `An error about some of the suggestions names them in \`errors\`, and nothing has changed. ${repeatedDecisions}`,
  request: { body: { required: true, content: { 'application/json': { schema: Review } } } },
  responses: {
    200: json(
      'The suggestions as they are now, in the order of the decisions.',
      z.object({ data: z.array(SuggestionAnswer), next_cursor: z.null() }),
    ),
    ...problemAnswers([400, 401, 403, 404, 409, 413, 415, 500, 503]),
  },
})
