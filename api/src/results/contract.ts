import { createRoute, z } from '@hono/zod-openapi'
import { Generation, Suggestion } from '@recto/shared/generation'
import { FindingAnswer } from '../findings/contract.ts'
import { GenerationId } from '../generations/contract.ts'
import { wholeNumber } from '../http/whole-number.ts'
import {
  header,
  ifNoneMatch,
  json,
  parameter,
  problemAnswers,
  rateHeaders,
  requestIdHeader,
  retryAfter,
} from '../openapi/responses.ts'

const Head = z.object({
  kind: z.string(),
  generation_id: z.uuid(),
  model: z.string().openapi({ description: 'The model of the request.' }),
  model_served: z.string().nullable().openapi({ description: 'What the provider calls the model that answered.' }),
  prompt_version: z.string(),
  grounded: z.boolean().nullable().openapi({
    description: '`true`: each part was proved from the input. `null`: nothing proves results of this kind.',
  }),
  created_at: z.string(),
  finished_at: z.string().nullable(),
})

const Result = z
  .union([
    Head.extend({ kind: z.literal('flashcards'), suggestions: z.array(Suggestion.meta({ id: 'Suggestion' })) }),
    Head.extend({
      kind: z.literal('code_review'),
      summary: z.string().nullable().openapi({ description: 'Null once the retention of the code is over.' }),
      findings: z.array(FindingAnswer),
    }),
    Head.extend({ output: z.unknown().openapi({ description: 'Null once the retention of the input is over.' }) }),
  ])
  .meta({ id: 'Result' })

const etag = { ETag: header('Changes with the result, for each format.') }
const applied = { 'Preference-Applied': header('The `wait` that was applied.') }

const Diagnostics = z
  .object({ source: z.object({ name: z.string() }), diagnostics: z.array(z.looseObject({ message: z.string() })) })
  .meta({ id: 'Diagnostics', description: 'The Reviewdog Diagnostic Format: the answer to `format=rdjson`.' })

const result = json('The result.', z.union([Result, Diagnostics]), { ...etag, ...applied })

export const resultRoute = createRoute({
  method: 'get',
  path: '/{id}/result',
  tags: ['Generations'],
  security: [{ accessToken: [] }],
  summary: 'Read the result of a generation, of any kind',
  description: '`wait` (or `Prefer: wait=n`) delays the answer until the generation has ended.',
  parameters: [
    ifNoneMatch,
    parameter('Prefer', '`wait=n` is the same as the query parameter. An n above 30 counts as 30.'),
  ],
  request: {
    params: GenerationId,
    query: z.strictObject({
      format: z.string().max(40).optional().openapi({
        description: 'Without it, `json`. Which others there are depends on the kind; an error names them.',
      }),
      wait: wholeNumber(1, 30).optional(),
    }),
  },
  responses: {
    200: {
      ...result,
      content: {
        ...result.content,
        'application/sarif+json': { schema: z.looseObject({ version: z.literal('2.1.0') }) },
        'text/markdown': { schema: z.string() },
      },
    },
    202: json('The generation is live: there is no result yet.', Generation.meta({ id: 'Generation' }), {
      ...retryAfter,
      ...applied,
    }),
    304: {
      description: 'The result has not changed since the ETag.',
      headers: { ...requestIdHeader, ...rateHeaders('generations'), ...etag },
    },
    ...problemAnswers([400, 401, 404, 409, 500, 503]),
  },
})
