import { z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { problemCodes } from '@recto/shared/errors'
import { GenerationError } from '@recto/shared/generation'
import { codesOf } from '../http/problems.ts'

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(problemCodes),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    retry_after: z.int().optional(),
    limit: z.looseObject({ name: z.string() }).optional(),
    error: GenerationError.optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is stable; `title` and `detail` are for people.' })

/** A header of an answer in the OpenAPI document. */
export const header = (description: string, type: 'string' | 'integer' = 'string') => ({
  description,
  schema: { type },
})

type Headers = Record<string, ReturnType<typeof header>>

export const requestIdHeader = { 'X-Request-Id': header('The id of this request in the logs.') }

export const rateHeaders = (limit: 'generations' | 'connection_checks') => ({
  RateLimit: header(
    `What is left of each limit, and the seconds until the next place frees: \`"${limit}";r=4;t=300, …\`.`,
  ),
  'RateLimit-Policy': header(`The limits: \`"${limit}";q=5;w=300, …\`.`),
  'X-RateLimit-Limit': header('How many the first limit allows.', 'integer'),
  'X-RateLimit-Remaining': header('How many are left of the first limit.', 'integer'),
})

/** A header of a request in the OpenAPI document. */
export const parameter = (name: string, description: string, schema: object = { type: 'string' }) => ({
  in: 'header' as const,
  name,
  description,
  schema,
})

export const accountHeader = parameter(
  'X-Recto-Account',
  'The account of the request. Without it, the caller’s own account.',
  {
    type: 'string',
    format: 'uuid',
  },
)

/** The query parameter that names an account, like the header. */
export const accountIdParameter = AccountId.optional().openapi({
  format: 'uuid',
  description: 'The same as `X-Recto-Account`.',
})

export const ifNoneMatch = parameter(
  'If-None-Match',
  'The ETag of an earlier answer. The answer is 304 while it has not changed.',
)

export const ifMatch = parameter(
  'If-Match',
  'The ETag that the caller has read. The answer is 412 when the resource was changed since.',
)

export const retryAfter = { 'Retry-After': header('Seconds to wait before asking again.', 'integer') }

/** A JSON answer in the OpenAPI document. */
export const json = <S extends z.ZodType>(description: string, schema: S, headers: Headers = {}) => ({
  description,
  headers: { ...requestIdHeader, ...rateHeaders('generations'), ...headers },
  content: { 'application/json': { schema } },
})

const problem = (status: number, headers: Headers) => ({
  description: `One of: ${codesOf(status)
    .map((code) => `\`${code}\``)
    .join(', ')}.`,
  headers: {
    ...requestIdHeader,
    ...(status === 401 ? { 'WWW-Authenticate': header('How to authenticate (RFC 6750).') } : {}),
    ...rateHeaders('generations'),
    ...(status === 402 || status === 429 || status === 503 ? retryAfter : {}),
    ...headers,
  },
  content: { 'application/problem+json': { schema: Problem } },
})

type ProblemStatus = 400 | 401 | 402 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 502 | 503

/** The error answers of an endpoint in the OpenAPI document, by status. */
export const problemAnswers = <S extends ProblemStatus>(statuses: S[], headers: Headers = {}) => {
  // An address that sends too many requests without a valid token gets a 429 for its next 401.
  const all = statuses.some((status) => status === 401) ? new Set([...statuses, 429 as const]) : statuses
  const entries = [...all].map((status) => [status, problem(status, headers)] as const)
  return Object.fromEntries(entries) as Record<S, ReturnType<typeof problem>>
}
