import { createRoute, z } from '@hono/zod-openapi'
import { header, problemAnswers, rateHeaders, requestIdHeader } from '../openapi/responses.ts'

const security = [{ accessToken: [] }]
const tags = ['Data']

/**
 * One JSON value per line. The type is widened to `string`, because hono takes every JSON media type for one JSON
 * value.
 */
export const exportType: string = 'application/jsonl'

const Lines = z.custom<ReadableStream<Uint8Array>>().openapi({ type: 'string' })

export const exportRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'Export everything that is stored about the caller',
  description:
    'JSON lines of `{type, data}`: cell, account, membership, invitation, setting, override, spending, alert, audit, usage, ' +
    'acceptance, connection_check, webhook, dry_runs, generation, suggestion and finding (after their generation), card, ' +
    'card_schedule, card_review, call, webhook_delivery, admission. The last line is `end` with the number of lines ' +
    'before it. An export without it is incomplete.',
  responses: {
    200: {
      description: 'The lines, streamed.',
      headers: { ...requestIdHeader, 'Content-Disposition': header('A file name.') },
      content: { [exportType]: { schema: Lines } },
    },
    ...problemAnswers([401, 500, 503]),
  },
})

export const eraseRoute = createRoute({
  method: 'delete',
  path: '/',
  tags,
  security,
  summary: 'Erase the caller’s personal data',
  description:
    'Deletes texts, suggestions, findings, cards with their reviews, webhooks of the caller’s own account, deliveries about the ' +
    'caller, memberships and invitations, and cancels live generations. A team whose last owner leaves gets another member as its owner. Costs stay as anonymous sums. Erasure cannot be undone. It may ' +
    'be requested again; the workers complete it when the API stops before its end.',
  responses: {
    204: { description: 'The data is erased.', headers: { ...requestIdHeader, ...rateHeaders('generations') } },
    ...problemAnswers([401, 413, 500, 503]),
  },
})
