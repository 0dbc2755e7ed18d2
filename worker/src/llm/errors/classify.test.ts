import { describe, expect, test } from 'vitest'
import { classifyError } from './classify.ts'
import type { FailureClass } from './failure.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classify = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyError(status, new Headers(headers), body, now)

type Row = [name: string, status: number, body: unknown, expected: FailureClass]
const error = (message: string, more: Record<string, unknown> = {}) => ({ error: { message, ...more } })
/** An error with labels in its metadata, in the form of OpenRouter. */
const labelled = (metadata: Record<string, unknown>) => error('x', { metadata })
/** An aggregator's error around the error of an upstream. */
const wrapped = (raw: unknown, code?: number) =>
  error('Provider returned error', { code, metadata: { provider_name: 'Acme', raw } })

describe('classifyError prefers the body to the HTTP status, and classifies', () => {
  test.each<Row>([
    ['a 200 with a code inside', 200, wrapped('Too Many Requests', 429), 'rate_limited_upstream'],
    ['a 200 with a code in quotes', 200, error('x', { code: '503' }), 'upstream_error'],
    ['a 200 with a label and no code', 200, error('busy', { type: 'rate_limit_error' }), 'rate_limited'],
    ['a 200 around an invalid request', 200, error('x', { type: 'invalid_request_error' }), 'invalid_request'],
    ['a 200 around a not-found error', 200, labelled({ error_type: 'not_found' }), 'invalid_request'],
    ['a 200 around a permission error', 200, error('x', { type: 'permission_error' }), 'auth'],
    ['a 200 around a 402', 200, error('x', { code: 402 }), 'provider_credit_exhausted'],
    [
      'a 200 around a transient 402',
      200,
      error('x', { code: 402, metadata: { reason: 'in_flight_budget_exhausted' } }),
      'capacity_own_account',
    ],
    [
      'a 200 around a 403 of moderation',
      200,
      error('x', { code: 403, metadata: { reasons: ['x'] } }),
      'content_blocked',
    ],
    ['a 200 around an overload', 200, error('x', { type: 'overloaded_error' }), 'upstream_error'],
    ['a 200 around a timeout', 200, error('x', { type: 'timeout_error' }), 'timeout'],
    ['a 200 with a code that is not an HTTP status', 200, error('x', { code: 1302 }), 'upstream_error'],
    ['a 200 with a message only', 200, error('oops'), 'upstream_error'],
    ['a 500 around a 429', 500, error('wrapped', { code: 429 }), 'rate_limited'],
    ['a 500 around a 400', 500, error('bad field', { code: 400 }), 'invalid_request'],
    ['a 502 with the label of a rate limit', 502, error('x', { type: 'rate_limit_error' }), 'rate_limited'],
    ['a 401 with the label of another class', 401, error('x', { type: 'invalid_request_error' }), 'auth'],
  ])('%s as $3', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('classifyError classifies a 402', () => {
  test.each<Row>([
    [
      'about requests in flight, by the reason in its metadata',
      402,
      labelled({ reason: 'in_flight_budget_exhausted' }),
      'capacity_own_account',
    ],
    [
      'about requests in flight, by the reason beside its message',
      402,
      error('x', { reason: 'in_flight_budget_exhausted' }),
      'capacity_own_account',
    ],
    [
      'about requests in flight, by its limit source',
      402,
      labelled({ limit_source: 'openrouter_in_flight_budget' }),
      'capacity_own_account',
    ],
    [
      'about exhausted credit, by its limit source',
      402,
      labelled({ limit_source: 'openrouter_credits' }),
      'provider_credit_exhausted',
    ],
    [
      'about a request that needs more credit',
      402,
      error('This request needs more credits, or fewer max_tokens', { code: 402, metadata: { provider_name: null } }),
      'provider_credit_exhausted',
    ],
    [
      'about an insufficient balance',
      402,
      error('Insufficient Balance', { type: 'unknown_error' }),
      'provider_credit_exhausted',
    ],
  ])('%s as $3', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('classifyError classifies a 403', () => {
  test.each<Row>([
    [
      'about a key limit, by its message',
      403,
      error('Key limit exceeded (daily limit).', { code: 403 }),
      'provider_credit_exhausted',
    ],
    [
      'about a key limit, by its limit source',
      403,
      labelled({ limit_source: 'openrouter_key_limit' }),
      'provider_credit_exhausted',
    ],
    ['about the budget of a workspace', 403, error('Workspace budget exceeded'), 'provider_credit_exhausted'],
    ['about moderation', 403, labelled({ reasons: ['hate'] }), 'content_blocked'],
    ['about moderation, with reasons of any type', 403, labelled({ reasons: [{ name: 'hate' }] }), 'content_blocked'],
    [
      'about a flagged input, in words that mention credits',
      403,
      error('Input was flagged. No credits were charged.'),
      'content_blocked',
    ],
    ['about a flagged account', 403, error('Your account was flagged for review'), 'auth'],
    ['about a key without permission', 403, error('Model access denied', { code: 403 }), 'auth'],
    ['about an unsupported country', 403, error('x', { code: 'unsupported_country_region_territory' }), 'auth'],
  ])('%s as $3', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

test.each([
  [400, 'invalid_request'],
  [401, 'auth'],
  [402, 'provider_credit_exhausted'],
  [403, 'auth'],
  [404, 'invalid_request'],
  [408, 'timeout'],
  [413, 'too_long'],
  [422, 'invalid_request'],
  [429, 'rate_limited'],
  [500, 'upstream_error'],
  [502, 'upstream_error'],
  [503, 'upstream_error'],
  [504, 'timeout'],
  [524, 'timeout'],
  [529, 'upstream_error'],
] as const)(
  'classifyError classifies a %i without a known message as %s in every form of error body',
  (status, expected) => {
    for (const body of [
      '',
      'x',
      '<html><h1>privacy</h1>',
      null,
      [],
      [error('x', { code: status, status: 'WORDS' })],
      error('x', { code: status, type: 'x' }),
      { error: { code: status } },
      { object: 'error', message: 'x', type: 'X', param: null, code: status },
      { status, error: 'UNNAMED', message: 'x' },
      { detail: 'x' },
    ])
      expect(classify(status, body).class, JSON.stringify(body)).toBe(expected)
  },
)
