import { createRoute, z } from '@hono/zod-openapi'
import { header, problemAnswers, requestIdHeader } from '../openapi/responses.ts'

const security = [{ accessToken: [] }]
const tags = ['Data']

/** One JSON value per line. Typed as any media type: to hono's types it would be one JSON value as a whole. */
export const exportType: string = 'application/jsonl'

const Lines = z.custom<ReadableStream<Uint8Array>>().openapi({ type: 'string' })

export const exportRoute = createRoute({
  method: 'get',
  path: '/',
  tags,
  security,
  summary: 'Everything that is stored about the caller',
  description:
    'JSON lines of `{type, data}`: account, membership, setting, override, spending, alert, audit, usage, connection_test, generation, ' +
    'suggestion (after its generation), call, admission. The last line is `end`, with the number of lines before it: ' +
    'what ends without it was cut off.',
  responses: {
    200: {
      description: 'The lines, as they are read.',
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
  summary: 'Erase everything personal of the caller',
  description:
    'Texts, suggestions and memberships are gone, what is live is cancelled. Costs stay as sums of nobody’s. There is no way back. ' +
    'It may be asked for again, and is completed by the workers if the API stops meanwhile.',
  responses: {
    204: { description: 'Gone.', headers: requestIdHeader },
    ...problemAnswers([401, 409, 500, 503]),
  },
})
