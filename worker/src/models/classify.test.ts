import { describe, expect, test } from 'vitest'
import { classifyError } from './classify.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classify = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyError(status, new Headers(headers), body, now)
const error = (message: string, more: Record<string, unknown> = {}) => ({ error: { message, ...more } })
const returned = 'Provider returned error'

describe('the body comes before the status', () => {
  test.each([
    [
      'a 200 with a code inside',
      200,
      error(returned, { code: 429, metadata: { provider_name: 'Acme' } }),
      'rate_limited_upstream',
    ],
    ['a 200 with a label only', 200, error('busy', { type: 'rate_limit_error' }), 'rate_limited'],
    ['a 200 that says nothing', 200, error('oops'), 'upstream_error'],
    ['a 500 around a 429', 500, error('wrapped', { code: 429 }), 'rate_limited'],
    ['a 500 around a 400', 500, error('bad field', { code: 400 }), 'invalid_request'],
    [
      'a 402 that is transient',
      402,
      error('busy', { metadata: { reason: 'in_flight_budget_exhausted' } }),
      'capacity_own_account',
    ],
    [
      'a 402 by its source',
      402,
      error('busy', { metadata: { limit_source: 'openrouter_in_flight_budget' } }),
      'capacity_own_account',
    ],
    [
      'a 403 that is money',
      403,
      error('Key limit exceeded (daily limit).', { code: 403 }),
      'provider_credit_exhausted',
    ],
    ['a 403 of a workspace', 403, error('Workspace budget exceeded'), 'provider_credit_exhausted'],
    ['a 403 that is moderation', 403, error('no', { metadata: { reasons: ['hate'] } }), 'content_blocked'],
    ['a 403 flagged, no credits charged', 403, error('Input was flagged. No credits were charged.'), 'content_blocked'],
    ['a 404 that is a policy', 404, error('No endpoints found matching your data policy'), 'no_route_for_policy'],
    [
      'a 404 by its availability',
      404,
      error('x', { availability: { code: 'constraint_filtered' } }),
      'no_route_for_policy',
    ],
    ['a 404 that is a wrong model', 404, error('The model `x` does not exist'), 'invalid_request'],
    ['a 400 that is a refusal', 400, error('no', { metadata: { error_type: 'refusal' } }), 'refused'],
    [
      'a 400 that is a policy',
      400,
      error('no', { metadata: { error_type: 'content_policy_violation' } }),
      'content_blocked',
    ],
    ['a 400 by its code', 400, error('long', { code: 'context_length_exceeded' }), 'too_long'],
    [
      'a 400 by the message of the upstream',
      400,
      error(returned, {
        code: 400,
        metadata: { raw: '{"error":{"message":"maximum context length is 8192 tokens"}}' },
      }),
      'too_long',
    ],
    ['a 413', 413, 'Request Entity Too Large', 'too_long'],
  ] as const)('%s', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('a 429', () => {
  test.each([
    ['plain', error('slow down'), 'rate_limited'],
    [
      'of a provider behind an aggregator',
      error(returned, { metadata: { provider_name: 'Acme' } }),
      'rate_limited_upstream',
    ],
    [
      'of a shared pool',
      error('x', { metadata: { limit_source: 'upstream_provider_shared_pool' } }),
      'rate_limited_upstream',
    ],
    [
      'of an upstream out of its own money',
      error('x', { metadata: { provider_name: 'Acme', raw: '{"error":{"code":"insufficient_quota"}}' } }),
      'rate_limited_upstream',
    ],
    [
      'of the day, by source',
      error('x', { metadata: { limit_source: 'openrouter_free_tier_daily' } }),
      'quota_exhausted_until_reset',
    ],
    ['of the day, by message', error('Rate limit exceeded: limit_rpd/acme/m'), 'quota_exhausted_until_reset'],
    [
      'that ends in hours',
      error('x', { metadata: { headers: { 'X-RateLimit-Reset': String(now + 3_600_000) } } }),
      'quota_exhausted_until_reset',
    ],
    [
      'under the same source, that ends within a minute',
      error('limited to 15 requests per minute', {
        metadata: {
          limit_source: 'openrouter_shared_capacity',
          headers: { 'X-RateLimit-Reset': String(now + 40_000) },
        },
      }),
      'rate_limited',
    ],
    [
      'that is money',
      error('You exceeded your current quota', { code: 'insufficient_quota' }),
      'provider_credit_exhausted',
    ],
    ['that is a balance', error('Insufficient account balance'), 'provider_credit_exhausted'],
    [
      'of Gemini, in an array, with a delay',
      [error('You exceeded your current quota', { code: 429, details: [{ retryDelay: '20s' }] })],
      'rate_limited',
    ],
  ] as const)('%s', (_, body, expected) => {
    expect(classify(429, body).class).toBe(expected)
  })
})

test.each([
  [401, 'auth'],
  [402, 'provider_credit_exhausted'],
  [403, 'auth'],
  [408, 'timeout'],
  [422, 'invalid_request'],
  [500, 'upstream_error'],
  [502, 'upstream_error'],
  [503, 'upstream_error'],
  [504, 'timeout'],
  [524, 'timeout'],
  [529, 'upstream_error'],
] as const)('a bare %i is %s', (status, expected) => {
  expect(classify(status, '').class).toBe(expected)
  expect(classify(status, { status, error: 'UNNAMED', message: 'x' }).class).toBe(expected)
  expect(classify(status, { object: 'error', message: 'x', type: 'X', code: status }).class).toBe(expected)
})

test('anything at all gets a class', () => {
  for (const body of [
    null,
    undefined,
    0,
    [],
    [[]],
    'x',
    { error: [] },
    { error: { metadata: [], code: {} } },
    { error: { metadata: { raw: '{' } } },
  ])
    expect(classify(500, body).class).toBe('upstream_error')
})

test('the wait goes with the class; requests in flight have one of their own', () => {
  expect(classify(429, error('x'), { 'retry-after': '3' }).retryAfterMs).toBe(3000)
  expect(classify(402, error('x', { metadata: { reason: 'in_flight_budget_exhausted' } })).retryAfterMs).toBe(120_000)
  expect(classify(500, error('x')).retryAfterMs).toBeNull()
})
