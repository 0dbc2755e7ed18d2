import type { Script } from '@recto/local/model-server/script'
import type { NewRow } from '../support/submitter.ts'

type Steps = Exclude<Script, { steps: unknown }>

/** How a model server answers one text, and the error in which its generation must end. */
export type FailureCase = {
  name: string
  row?: NewRow
  steps: Steps
  code: string
  /** The number of requests of each claim, in order. */
  requests: number[]
  httpStatus: number | null
  /** A part of the provider's own words that the record keeps. */
  excerpt?: string
}

const refuses = (status: number, error: NonNullable<Steps[number]['body']>, headers = {}): Steps => [
  { status, headers, body: { error } },
]
const once = { requests: [1] }

export const failureCases: FailureCase[] = [
  {
    name: 'a model that is not offered',
    row: { model: 'nobody/nothing' },
    steps: [],
    code: 'unknown_model',
    requests: [0],
    httpStatus: null,
  },
  {
    name: 'a model named like a property of every object',
    row: { model: 'constructor' },
    steps: [],
    code: 'unknown_model',
    requests: [0],
    httpStatus: null,
  },
  {
    name: 'a prompt version that is not offered',
    row: { prompt_version: '__proto__' },
    steps: [],
    code: 'unknown_prompt_version',
    requests: [0],
    httpStatus: null,
  },
  {
    name: 'a refusal in the model’s words',
    steps: [{ refusal: 'I would rather not.' }],
    code: 'refused',
    ...once,
    httpStatus: 200,
  },
  {
    name: 'a content filter',
    steps: [{ content: '', finish_reason: 'content_filter' }],
    code: 'refused',
    ...once,
    httpStatus: 200,
  },
  {
    name: 'an answer cut before its first card',
    steps: [{ truncate_at: 20 }],
    code: 'truncated',
    ...once,
    httpStatus: 200,
  },
  {
    name: 'an answer that is never JSON',
    steps: [{ content: 'Here are your cards!' }],
    code: 'malformed_response',
    requests: [2],
    httpStatus: 200,
  },
  {
    name: 'an answer whose JSON stands within its thinking alone',
    steps: [{ content: '<think>Perhaps {"cards":[]}</think>' }],
    code: 'output_invalid',
    requests: [2],
    httpStatus: 200,
  },
  {
    name: 'a provider that always fails',
    steps: refuses(503, { code: 503, message: 'no healthy upstream' }),
    code: 'upstream_error',
    requests: [2, 1],
    httpStatus: 503,
    excerpt: 'no healthy upstream',
  },
  {
    name: 'a 200 that carries a failure',
    steps: [{ body: { error: { code: 502, message: 'provider returned error' } } }],
    code: 'upstream_error',
    requests: [2, 1],
    httpStatus: 200,
    excerpt: 'provider returned error',
  },
  {
    name: 'a page of a proxy with status 200',
    steps: [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Sign in' }],
    code: 'upstream_error',
    requests: [2, 1],
    httpStatus: 200,
  },
  {
    name: 'a connection that is always reset',
    steps: [{ reset: true }],
    code: 'network',
    requests: [3],
    httpStatus: null,
  },
  {
    name: 'a provider that redirects to another host',
    steps: [{ status: 308, headers: { location: 'http://127.0.0.1:1/v1/chat/completions' }, body: '' }],
    code: 'redirected',
    requests: [1, 1, 1],
    httpStatus: 308,
  },
  {
    name: 'an account out of credit',
    steps: refuses(402, { code: 402, message: 'Insufficient credits' }),
    code: 'provider_credit_exhausted',
    ...once,
    httpStatus: 402,
  },
  {
    name: 'a text that is too long for the model',
    steps: refuses(400, { code: 400, message: 'maximum context length is 10 tokens' }),
    code: 'too_long',
    ...once,
    httpStatus: 400,
  },
  {
    name: 'a request that is not accepted',
    steps: refuses(400, { code: 400, message: 'temperature: must not be purple' }),
    code: 'invalid_request',
    ...once,
    httpStatus: 400,
    excerpt: 'must not be purple',
  },
  {
    name: 'no provider under the privacy rules',
    steps: refuses(404, { code: 404, message: 'No endpoints found matching your data policy' }),
    code: 'no_route_for_policy',
    ...once,
    httpStatus: 404,
  },
  {
    name: 'a text that moderation blocks',
    steps: refuses(403, {
      code: 403,
      message: 'flagged',
      metadata: { reasons: ['violence'], flagged_input: 'The lighthouse of Point 1' },
    }),
    code: 'content_blocked',
    ...once,
    httpStatus: 403,
  },
  {
    name: 'a quota that is used up for the day',
    steps: [
      { status: 429, headers: { 'retry-after': '7200' }, body: { error: { code: 429, message: 'daily limit' } } },
    ],
    code: 'quota_exhausted_until_reset',
    ...once,
    httpStatus: 429,
  },
  {
    name: "a daily quota by Google's id, beside a short delay, that is reset tomorrow",
    // Without the header it is reset at midnight in California, and a generation waits for that in the hour before.
    steps: refuses(
      429,
      {
        code: 429,
        message: 'You exceeded your current quota. Please retry in 3s.',
        details: [
          { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] },
          { retryDelay: '3s' },
        ],
      },
      { 'x-ratelimit-reset': String(Date.now() + 86_400_000) },
    ),
    code: 'quota_exhausted_until_reset',
    ...once,
    httpStatus: 429,
  },
]
