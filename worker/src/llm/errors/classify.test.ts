import { describe, expect, test } from 'vitest'
import { classifyError } from './classify.ts'
import type { FailureClass } from './failure.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classify = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyError(status, new Headers(headers), body, now)

type Row = [name: string, status: number, body: unknown, expected: FailureClass]
const error = (message: string, more: Record<string, unknown> = {}) => ({ error: { message, ...more } })
/** An error whose labels stand in its metadata, as OpenRouter writes them. */
const labelled = (metadata: Record<string, unknown>, message = 'x') => error(message, { metadata })
/** What an upstream said, inside the error of an aggregator. */
const wrapped = (raw: unknown, code?: number) =>
  error('Provider returned error', { code, metadata: { provider_name: 'Acme', raw } })
const availability = (code: string) => error('x', { availability: { code } })

describe('the body comes before the status', () => {
  test.each<Row>([
    ['a 200 with a code inside', 200, wrapped('Too Many Requests', 429), 'rate_limited_upstream'],
    ['a 200 with a code in quotes', 200, error('x', { code: '503' }), 'upstream_error'],
    ['a 200 with a label only', 200, error('busy', { type: 'rate_limit_error' }), 'rate_limited'],
    ['a 200 around a refused request', 200, error('x', { type: 'invalid_request_error' }), 'invalid_request'],
    ['a 200 around a missing thing', 200, labelled({ error_type: 'not_found' }), 'invalid_request'],
    ['a 200 around a bad key', 200, error('x', { type: 'permission_error' }), 'auth'],
    ['a 200 around an unpaid bill', 200, error('x', { code: 402 }), 'provider_credit_exhausted'],
    [
      'a 200 around a transient 402',
      200,
      error('x', { code: 402, metadata: { reason: 'in_flight_budget_exhausted' } }),
      'capacity_own_account',
    ],
    ['a 200 around a moderation', 200, error('x', { code: 403, metadata: { reasons: ['x'] } }), 'content_blocked'],
    ['a 200 around an overload', 200, error('x', { type: 'overloaded_error' }), 'upstream_error'],
    ['a 200 around a timeout', 200, error('x', { type: 'timeout_error' }), 'timeout'],
    ['a 200 with a code that is no status', 200, error('x', { code: 1302 }), 'upstream_error'],
    ['a 200 that says nothing', 200, error('oops'), 'upstream_error'],
    ['a 500 around a 429', 500, error('wrapped', { code: 429 }), 'rate_limited'],
    ['a 500 around a 400', 500, error('bad field', { code: 400 }), 'invalid_request'],
    ['a 502 around a rate limit by its label', 502, error('x', { type: 'rate_limit_error' }), 'rate_limited'],
    ['a 401 is one whatever its label', 401, error('x', { type: 'invalid_request_error' }), 'auth'],
  ])('%s', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('a 402', () => {
  test.each<Row>([
    ['of requests in flight', 402, labelled({ reason: 'in_flight_budget_exhausted' }), 'capacity_own_account'],
    [
      'of requests in flight, beside the message',
      402,
      error('x', { reason: 'in_flight_budget_exhausted' }),
      'capacity_own_account',
    ],
    [
      'of requests in flight, by its source',
      402,
      labelled({ limit_source: 'openrouter_in_flight_budget' }),
      'capacity_own_account',
    ],
    ['of no credit, by its source', 402, labelled({ limit_source: 'openrouter_credits' }), 'provider_credit_exhausted'],
    [
      'of a request too dear',
      402,
      error('This request needs more credits, or fewer max_tokens', { code: 402, metadata: { provider_name: null } }),
      'provider_credit_exhausted',
    ],
    ['of a balance', 402, error('Insufficient Balance', { type: 'unknown_error' }), 'provider_credit_exhausted'],
  ])('%s', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('a 403', () => {
  test.each<Row>([
    ['of a key limit', 403, error('Key limit exceeded (daily limit).', { code: 403 }), 'provider_credit_exhausted'],
    ['of a key limit, by source', 403, labelled({ limit_source: 'openrouter_key_limit' }), 'provider_credit_exhausted'],
    ['of a workspace', 403, error('Workspace budget exceeded'), 'provider_credit_exhausted'],
    ['of moderation', 403, labelled({ reasons: ['hate'] }), 'content_blocked'],
    ['of moderation with reasons of any kind', 403, labelled({ reasons: [{ name: 'hate' }] }), 'content_blocked'],
    ['flagged, no credits charged', 403, error('Input was flagged. No credits were charged.'), 'content_blocked'],
    ['of an account that was flagged', 403, error('Your account was flagged for review'), 'auth'],
    ['of a key without the permission', 403, error('Model access denied', { code: 403 }), 'auth'],
    ['of a country', 403, error('x', { code: 'unsupported_country_region_territory' }), 'auth'],
  ])('%s', (_, status, body, expected) => {
    expect(classify(status, body).class).toBe(expected)
  })
})

describe('a request that was refused', () => {
  const window = 'This model has a maximum context length of 8192 tokens'

  test.each<Row>([
    ['404: a data policy', 404, error('No endpoints found matching your data policy'), 'no_route_for_policy'],
    ['404: a guardrail', 404, error('No allowed providers: all are excluded by a guardrail'), 'no_route_for_policy'],
    ['404: constraints', 404, availability('constraint_filtered'), 'no_route_for_policy'],
    ['404: privacy', 404, availability('privacy_restricted'), 'no_route_for_policy'],
    ['404: a region', 404, availability('region_restricted'), 'no_route_for_policy'],
    ['404: a wrong model', 404, error('The model `x` does not exist'), 'invalid_request'],
    ['404: a wrong model, by code', 404, error('x', { code: 'model_not_found' }), 'invalid_request'],
    ['404: FastAPI', 404, { detail: 'Not Found' }, 'invalid_request'],
    ['400: too long, by code', 400, error('long', { code: 'context_length_exceeded' }), 'too_long'],
    ['400: too long, by label', 400, labelled({ error_type: 'token_limit_exceeded' }), 'too_long'],
    ['400: too long, in words', 400, error('prompt is too long: 210000 tokens > 200000 maximum'), 'too_long'],
    [
      'vLLM 400: too long, flat',
      400,
      { object: 'error', message: 'The prompt is longer than the maximum model length of 8192' },
      'too_long',
    ],
    ['400: too long, says the upstream', 400, wrapped(JSON.stringify({ error: { message: window } }), 400), 'too_long'],
    ['400: too long, says the upstream flatly', 400, wrapped(JSON.stringify({ message: window }), 400), 'too_long'],
    ['400: too long, says the upstream in plain text', 400, wrapped(window, 400), 'too_long'],
    ['400: too long, says the upstream unquoted', 400, wrapped({ error: { message: window } }, 400), 'too_long'],
    [
      '400: too long, by the code of the upstream',
      400,
      labelled({ provider_error_code: 'context_length_exceeded' }),
      'too_long',
    ],
    ['422: FastAPI', 422, { detail: [{ loc: ['body'], msg: 'Field required' }] }, 'invalid_request'],
    ['422: FastAPI, too long', 422, { detail: [{ msg: window, input: 'x' }] }, 'too_long'],
    ['413', 413, 'Request Entity Too Large', 'too_long'],
    ['400: a refusal', 400, labelled({ error_type: 'refusal' }), 'refused'],
    ['400: a policy of content', 400, labelled({ error_type: 'content_policy_violation' }), 'content_blocked'],
    ['400: a filter of the upstream', 400, wrapped('{"error":{"code":"content_filter"}}', 400), 'content_blocked'],
    [
      '400: a feature, nested in the text',
      400,
      wrapped('{"error":{"type":"invalid_request_error"}}', 400),
      'invalid_request',
    ],
    ['400: a privacy page of HTML', 400, wrapped('<html>Privacy. Maximum context length', 400), 'invalid_request'],
    ['400: half of a nested error', 400, wrapped('{"error":{"mess', 400), 'invalid_request'],
    ['400: Google, a bad key', 400, [error('API key not valid. Please pass one.', { code: 400 })], 'auth'],
    ['400: Anthropic, no credit', 400, error('Your credit balance is too low'), 'provider_credit_exhausted'],
    [
      '400: a quotation about credit is none',
      400,
      error("bad value 'Your credit balance is too low'"),
      'invalid_request',
    ],
  ])('%s', (_, status, body, expected) => {
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
] as const)('a %i without a word is %s, in every shape of error', (status, expected) => {
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
})
