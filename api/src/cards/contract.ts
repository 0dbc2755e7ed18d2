import { createRoute, z } from '@hono/zod-openapi'
import { Back, Card, Front, Tag, Tags } from '@recto/shared/card'
import { codePoints, textDefect } from '@recto/shared/text'
import { wholeNumber } from '../http/whole-number.ts'
import {
  header,
  ifMatch,
  ifNoneMatch,
  json,
  problemAnswers,
  rateHeaders,
  requestIdHeader,
} from '../openapi/responses.ts'

const security = [{ accessToken: [] }]
const tags = ['Cards']
const CardAnswer = Card.meta({ id: 'Card' })
const params = z.object({ id: z.guid().toLowerCase().openapi({ format: 'uuid' }) })
const etag = { ETag: header('`updated_at` of the card, in quotes.') }

const NewCard = z.strictObject({ front: Front, back: Back, tags: Tags.default([]) }).meta({ id: 'NewCard' })
export type NewCard = z.output<typeof NewCard>

const CardChanges = z
  .strictObject({ front: Front.optional(), back: Back.optional(), tags: Tags.optional() })
  .refine((changes) => Object.keys(changes).length > 0, 'must have front, back or tags')
  .meta({ id: 'CardChanges' })
export type CardChanges = z.output<typeof CardChanges>

const Search = z
  .string()
  .superRefine((text, context) => {
    const defect = codePoints(text) > 200 ? 'must have at most 200 characters' : textDefect(text)
    if (defect) context.addIssue({ code: 'custom', message: defect })
  })
  .openapi({
    minLength: 1,
    maxLength: 200,
    description:
      'Only cards that have each of these words, or a part of one, in front or back, without regard to case and accents.',
  })

export const listRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'List or search the caller’s cards, newest first',
  request: {
    query: z.strictObject({
      search: Search.optional(),
      tag: Tag.optional().openapi({ description: 'Only cards with exactly this tag.' }),
      limit: wholeNumber(1, 100).optional(),
      cursor: z.string().max(200).optional().openapi({ description: '`next_cursor` of the previous page.' }),
    }),
  },
  responses: {
    200: json('A page of cards.', z.object({ data: z.array(CardAnswer), next_cursor: z.string().nullable() })),
    ...problemAnswers([400, 401, 500, 503]),
  },
})

export const createCardRoute = createRoute({
  method: 'post',
  path: '/',
  tags,
  security,
  summary: 'Add a card of one’s own',
  request: { body: { required: true, content: { 'application/json': { schema: NewCard } } } },
  responses: {
    201: json('The card.', CardAnswer, { ...etag, Location: header('The URL of the card.') }),
    ...problemAnswers([400, 401, 403, 409, 413, 415, 500, 503]),
  },
})

export const readRoute = createRoute({
  method: 'get',
  path: '/{id}',
  tags,
  security,
  summary: 'Read a card',
  parameters: [ifNoneMatch],
  request: { params },
  responses: {
    200: json('The card.', CardAnswer, etag),
    304: {
      description: 'The card has not changed since the ETag.',
      headers: { ...requestIdHeader, ...rateHeaders('generations'), ...etag },
    },
    ...problemAnswers([401, 404, 500, 503]),
  },
})

export const changeRoute = createRoute({
  method: 'patch',
  path: '/{id}',
  tags,
  security,
  summary: 'Change front, back or tags of a card',
  parameters: [ifMatch],
  request: { params, body: { required: true, content: { 'application/json': { schema: CardChanges } } } },
  responses: {
    200: json('The card as it is now.', CardAnswer, etag),
    ...problemAnswers([400, 401, 404, 412, 413, 415, 500, 503]),
  },
})

export const deleteRoute = createRoute({
  method: 'delete',
  path: '/{id}',
  tags,
  security,
  summary: 'Delete a card',
  parameters: [ifMatch],
  request: { params },
  responses: {
    204: { description: 'The card is deleted.', headers: { ...requestIdHeader, ...rateHeaders('generations') } },
    ...problemAnswers([401, 404, 412, 413, 500, 503]),
  },
})
