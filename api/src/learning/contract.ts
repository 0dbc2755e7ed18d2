import { createRoute, z } from '@hono/zod-openapi'
import { Tag } from '@recto/shared/card'
import { CardReview, DueCard, ratings } from '@recto/shared/learning'
import { wholeNumber } from '../http/whole-number.ts'
import { header, json, parameter, problemAnswers } from '../openapi/responses.ts'
import { mostCounted } from './store.ts'

const security = [{ accessToken: [] }]
const tags = ['Cards']
const Id = z.guid().toLowerCase().openapi({ format: 'uuid' })
const DueCardAnswer = DueCard.meta({ id: 'DueCard' })
const CardReviewAnswer = CardReview.meta({ id: 'CardReview' })

const NewReview = z
  .strictObject({
    id: Id.openapi({ description: 'Chosen by the client. A repeated request has the same.' }),
    rating: z.enum(ratings),
  })
  .meta({ id: 'NewReview' })
export type NewReview = z.output<typeof NewReview>

export const dueRoute = createRoute({
  method: 'get',
  path: '/due',
  tags,
  security,
  summary: 'List the cards that are to be reviewed now',
  description: 'First those that are due longest, then cards that were never reviewed, oldest first.',
  request: {
    query: z.strictObject({
      limit: wholeNumber(1, 100).optional(),
      new: wholeNumber(0, 100)
        .optional()
        .openapi({ description: 'How many cards that were never reviewed the list has at most; 10 by default.' }),
      tag: Tag.optional().openapi({ description: 'Only cards with exactly this tag.' }),
    }),
  },
  responses: {
    200: json(
      'The cards, each with its schedule and what each rating would lead to.',
      z.object({
        data: z.array(DueCardAnswer),
        counts: z.object({ due: z.int(), new: z.int() }).openapi({
          description: `How many cards are due, and how many were never reviewed, with this tag; ${mostCounted} when there are more.`,
        }),
        next_cursor: z.null(),
      }),
    ),
    ...problemAnswers([400, 401, 500, 503]),
  },
})

export const reviewCardRoute = createRoute({
  method: 'post',
  path: '/{id}/reviews',
  tags,
  security,
  summary: 'Review a card',
  description: 'The time of the review is the server’s. The same `id` again changes nothing and has the same answer.',
  parameters: [parameter('If-Match', '`reps` of the schedule that was read, in quotes. Else the answer is 412.')],
  request: {
    params: z.object({ id: Id }),
    body: { required: true, content: { 'application/json': { schema: NewReview } } },
  },
  responses: {
    201: json('The review, and the schedule that it led to.', CardReviewAnswer, {
      'Idempotency-Replayed': header('`true` when the review was there already.'),
    }),
    ...problemAnswers([400, 401, 404, 412, 413, 415, 422, 500, 503]),
  },
})
