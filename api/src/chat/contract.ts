import { createRoute, z } from '@hono/zod-openapi'
import type { Catalog } from '@recto/shared/catalog'
import { GenerationError, statuses } from '@recto/shared/generation'
import { ChatOutput } from '@recto/shared/kinds/chat/chat'
import { chatContract } from '@recto/shared/kinds/chat/contract'
import { fieldsOfKind } from '../generations/body.ts'
import {
  accountHeader,
  header,
  json,
  parameter,
  problemAnswers,
  rateHeaders,
  retryAfter,
} from '../openapi/responses.ts'

const ids = {
  generation_id: z.uuid(),
  conversation_id: z.uuid().openapi({ description: 'Send it with the next message to continue the conversation.' }),
}

/** The end of a generation of chat. `message` and `finish` are null when nothing was said. */
export const ChatAnswer = z
  .object({
    ...ids,
    status: z.enum(statuses),
    message: ChatOutput.shape.message.nullable(),
    finish: ChatOutput.shape.finish.nullable().openapi({
      description: '`complete`, `length` for an answer that was cut off at its greatest length, or `stopped`.',
    }),
    grounded: z.null().openapi({ description: 'Nothing proves what a model says here.' }),
    model: z.string(),
    tokens_input: z.int().nullable(),
    tokens_output: z.int().nullable(),
    cost_usd: z.string(),
    error: GenerationError.nullable(),
  })
  .meta({ id: 'ChatAnswer' })
export type ChatAnswer = z.infer<typeof ChatAnswer>

const headers = {
  ...rateHeaders('generations'),
  Location: header('The URL of the generation.'),
  'Idempotency-Replayed': header('`true` when the answer is that of an earlier submission.'),
}

export const chatRoute = (catalog: Catalog) =>
  createRoute({
    method: 'post',
    path: '/',
    tags: ['Chat'],
    security: [{ accessToken: [] }],
    summary: 'Say something in a conversation, and wait for the answer',
    description:
      'The same as a generation of the kind `chat` with `Prefer: wait=30`. With `Accept: text/event-stream`, the answer ' +
      'is the stream of the generation’s events, with a `delta` for each part of the text.',
    parameters: [
      accountHeader,
      parameter('Prefer', '`wait=n` waits up to n seconds. Without it, and for an n above 30, 30 seconds.'),
      parameter('Idempotency-Key', 'The same key with the same body gives the same answer, with nothing done twice.', {
        type: 'string',
        minLength: 8,
        maxLength: 200,
      }),
    ],
    request: {
      body: {
        required: true,
        content: {
          'application/json': { schema: z.strictObject(fieldsOfKind(catalog, chatContract)).meta({ id: 'NewChat' }) },
        },
      },
    },
    responses: {
      200: {
        description: 'The generation has ended in time; or its events.',
        headers: { ...headers, 'Preference-Applied': header('The `wait` that was applied.') },
        content: { 'application/json': { schema: ChatAnswer }, 'text/event-stream': { schema: z.string() } },
      },
      202: json(
        'The generation goes on. Its end can be read at `Location`.',
        z.object({ ...ids, status: z.literal('pending') }),
        { ...headers, ...retryAfter },
      ),
      ...problemAnswers([400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 503], rateHeaders('generations')),
    },
  })
