import { createRoute, z } from '@hono/zod-openapi'
import { Tag } from '@recto/shared/card'
import { header, json, problemAnswers, rateHeaders, requestIdHeader } from '../openapi/responses.ts'
import { cardFormats } from './formats/formats.ts'
import { importLayouts } from './formats/read-cards.ts'

const security = [{ accessToken: [] }]
const tags = ['Cards']

/** The keys of an object as a list for `z.enum`. */
const keysOf = <K extends string>(object: Record<K, unknown>): [K, ...K[]] => Object.keys(object) as [K, ...K[]]

/** The largest file of an import, in bytes. 100,000 cards of common length with their quotes are 20 to 40 MB. */
export const importBytes = 64 * 1024 * 1024

const binary = { schema: z.string().openapi({ format: 'binary' }) }
const contentOf = (types: string[]) => Object.fromEntries(types.map((type) => [type.split(';')[0] ?? type, binary]))

export const exportRoute = createRoute({
  method: 'get',
  path: '/export',
  tags,
  security,
  summary: 'Download the caller’s cards as a file',
  request: {
    query: z.strictObject({
      format: z.enum(keysOf(cardFormats)),
      tag: Tag.optional().openapi({ description: 'Only cards with exactly this tag.' }),
      generation_id: z
        .guid()
        .toLowerCase()
        .optional()
        .openapi({ format: 'uuid', description: 'Only cards of this generation.' }),
    }),
  },
  responses: {
    200: {
      description: 'The file. It ends early when it could not be written to its end.',
      headers: {
        ...requestIdHeader,
        ...rateHeaders('generations'),
        'Content-Disposition': header('The name of the file.'),
      },
      content: contentOf(Object.values(cardFormats).map(({ contentType }) => contentType)),
    },
    ...problemAnswers([400, 401, 500, 503]),
  },
})

const ImportResult = z
  .object({
    created: z.int(),
    updated: z.int(),
    unchanged: z.int().openapi({ description: 'Cards that the caller has as they stand in the file.' }),
    issues: z
      .array(z.object({ line: z.int(), message: z.string() }))
      .openapi({ description: 'Of a dry run: why an import of this file would store nothing.' }),
  })
  .meta({ id: 'CardImport' })
export type ImportResult = z.output<typeof ImportResult>

export const importRoute = createRoute({
  method: 'post',
  path: '/import',
  tags,
  security,
  summary: 'Add the cards of a file, all or none',
  request: {
    query: z.strictObject({
      format: z.enum(keysOf(importLayouts)),
      dry_run: z
        .enum(['true', 'false'])
        .optional()
        .openapi({ description: '`true`: answers what an import would change. Nothing is stored.' }),
    }),
    body: { required: true, content: contentOf(['text/csv', 'text/plain']) },
  },
  responses: {
    200: json('What changed, or would change.', ImportResult),
    ...problemAnswers([400, 401, 403, 409, 413, 500, 503]),
  },
})
