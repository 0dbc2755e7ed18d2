import { z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { codesOf } from '../http/problems.ts'

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    retry_after: z.int().optional(),
    limit: z.looseObject({ name: z.string() }).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is stable; `title` and `detail` are for people.' })

export const header = (description: string, type: 'string' | 'integer' = 'string') => ({
  description,
  schema: { type },
})

type Headers = Record<string, ReturnType<typeof header>>

export const requestIdHeader = { 'X-Request-Id': header('The id of this request in the logs.') }

export const rateHeaders = (limit: 'generations' | 'connection_checks') => ({
  RateLimit: header(
    `What is left of each limit, and the seconds until the next one frees: \`"${limit}";r=4;t=300, …\`.`,
  ),
  'RateLimit-Policy': header(`The limits: \`"${limit}";q=5;w=300, …\`.`),
  'X-RateLimit-Limit': header('How many per window, of the first limit.', 'integer'),
  'X-RateLimit-Remaining': header('How many are left of it.', 'integer'),
})

/** A header that a request may carry. */
export const parameter = (name: string, description: string, schema: object = { type: 'string' }) => ({
  in: 'header' as const,
  name,
  description,
  schema,
})

export const accountHeader = parameter(
  'X-Recto-Account',
  'The account that is meant; the caller’s own where nothing is said.',
  {
    type: 'string',
    format: 'uuid',
  },
)

/** The query parameter that names an account, like the header. */
export const accountIdParameter = AccountId.optional().openapi({ format: 'uuid', description: 'As `X-Recto-Account`.' })

export const ifNoneMatch = parameter(
  'If-None-Match',
  'An ETag of an earlier answer: the answer is 304 while nothing changed.',
)

export const retryAfter = { 'Retry-After': header('Seconds to wait before asking again.', 'integer') }

/** A JSON answer as the documentation has it. */
export const json = <S extends z.ZodType>(description: string, schema: S, headers: Headers = {}) => ({
  description,
  headers: { ...requestIdHeader, ...headers },
  content: { 'application/json': { schema } },
})

const problem = (status: number, headers: Headers) => ({
  description: `One of: ${codesOf(status)
    .map((code) => `\`${code}\``)
    .join(', ')}.`,
  headers: {
    ...requestIdHeader,
    ...(status === 401 ? { 'WWW-Authenticate': header('How to authenticate (RFC 6750).') } : {}),
    ...(status === 402 || status === 429 || status === 503 ? retryAfter : {}),
    ...headers,
  },
  content: { 'application/problem+json': { schema: Problem } },
})

type ProblemStatus = 400 | 401 | 402 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503

/** The complaints that an endpoint can answer with. */
export const problemAnswers = <S extends ProblemStatus>(statuses: S[], headers: Headers = {}) => {
  const entries = statuses.map((status) => [status, problem(status, headers)] as const)
  return Object.fromEntries(entries) as Record<S, ReturnType<typeof problem>>
}
