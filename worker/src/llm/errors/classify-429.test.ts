import { expect, test } from 'vitest'
import { classifyError } from './classify.ts'
import type { FailureClass } from './failure.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classify = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyError(status, new Headers(headers), body, now)
const error = (message: string, more: Record<string, unknown> = {}) => ({ error: { message, ...more } })
const labelled = (metadata: Record<string, unknown>, message = 'x') => error(message, { metadata })
const resetAt = (instant: number) => ({ headers: { 'X-RateLimit-Reset': String(instant) } })

type Row = [name: string, body: unknown, headers: Record<string, string>, expected: FailureClass, wait: number | null]

test.each<Row>([
  ['with a message only', error('slow down'), {}, 'rate_limited', null],
  ['with a Retry-After header', error('slow down'), { 'retry-after': '3' }, 'rate_limited', 3000],
  ['with a Retry-After header of two minutes', error('slow down'), { 'retry-after': '120' }, 'rate_limited', 120_000],
  [
    'from a named provider behind an aggregator',
    labelled({ provider_name: 'Acme' }),
    {},
    'rate_limited_upstream',
    null,
  ],
  [
    'about a shared pool',
    labelled({ limit_source: 'upstream_provider_shared_pool' }),
    {},
    'rate_limited_upstream',
    null,
  ],
  [
    'about a shared pool, with the wait in the body',
    labelled({ limit_source: 'upstream_provider_shared_pool', retry_after_seconds: 5, retry_after_seconds_raw: 5 }),
    {},
    'rate_limited_upstream',
    5000,
  ],
  [
    'about exhausted capacity',
    error('x', { availability: { code: 'capacity_exhausted', retry_after: 7 } }),
    {},
    'rate_limited_upstream',
    7000,
  ],
  [
    'from an upstream whose own credit is exhausted',
    labelled({ provider_name: 'Acme', raw: '{"error":{"code":"insufficient_quota"}}' }),
    {},
    'rate_limited_upstream',
    null,
  ],
  [
    'about a daily quota, by its limit source',
    labelled({ limit_source: 'openrouter_free_tier_daily' }),
    {},
    'quota_exhausted_until_reset',
    null,
  ],
  [
    'about a daily quota, by its message',
    error('Rate limit exceeded: limit_rpd/acme/m'),
    {},
    'quota_exhausted_until_reset',
    null,
  ],
  [
    'about a daily quota, by its message, from a named provider',
    labelled({ provider_name: 'Acme' }, 'Rate limit exceeded: limit_rpd/acme/m'),
    {},
    'quota_exhausted_until_reset',
    null,
  ],
  [
    'about a daily quota whose reset is past',
    labelled(resetAt(now - 1), 'Rate limit exceeded: limit_rpd/acme/m'),
    {},
    'quota_exhausted_until_reset',
    null,
  ],
  ['with a reset in an hour', labelled(resetAt(now + 3_600_000)), {}, 'quota_exhausted_until_reset', 3_600_000],
  ['with a reset in five minutes', labelled(resetAt(now + 300_000)), {}, 'rate_limited', 300_000],
  [
    'with a reset in a week',
    labelled(resetAt(now + 7 * 86_400_000)),
    {},
    'quota_exhausted_until_reset',
    7 * 86_400_000,
  ],
  [
    'about shared capacity with a reset within a minute',
    labelled({ limit_source: 'openrouter_shared_capacity', provider_name: null, ...resetAt(now + 40_000) }),
    {},
    'rate_limited',
    40_000,
  ],
  [
    'with a reset as a duration, in the form of Scaleway and OpenAI',
    error('x'),
    { 'x-ratelimit-reset-requests': '250ms' },
    'rate_limited',
    250,
  ],
  [
    'with a reset as a duration of more than five minutes',
    error('x'),
    { 'x-ratelimit-reset-tokens': '6m0s' },
    'quota_exhausted_until_reset',
    360_000,
  ],
  [
    'about exhausted credit, by code',
    error('You exceeded your current quota', { code: 'insufficient_quota' }),
    {},
    'provider_credit_exhausted',
    null,
  ],
  [
    'about exhausted credit, by type',
    error('x', { type: 'insufficient_quota' }),
    { 'x-ratelimit-reset-requests': '1s' },
    'provider_credit_exhausted',
    1000,
  ],
  [
    'about exhausted credit, by message',
    error('You exceeded your current quota, check your billing'),
    {},
    'provider_credit_exhausted',
    null,
  ],
  [
    'about a suspended account',
    error('Your account is suspended', { type: 'exceeded_current_quota_error' }),
    {},
    'provider_credit_exhausted',
    null,
  ],
  ['about an insufficient balance', error('Insufficient account balance'), {}, 'provider_credit_exhausted', null],
  [
    'about an insufficient balance with a Retry-After header',
    error('Insufficient account balance'),
    { 'retry-after': '1' },
    'provider_credit_exhausted',
    1000,
  ],
  [
    'about a quota with a retry delay, in the form of Gemini',
    [
      error('You exceeded your current quota, check your billing', {
        code: 429,
        details: ['x', { '@type': 'Help' }, { retryDelay: '20s' }],
      }),
    ],
    {},
    'rate_limited',
    20_000,
  ],
])('classifyError classifies a 429 %s as $3', (_, body, headers, expected, wait) => {
  expect(classify(429, body, headers)).toEqual({ class: expected, retryAfterMs: wait })
  // The class is the same inside a 200 and inside an aggregator's 500 when the body names the code.
  const [inner] = [Array.isArray(body) ? body[0] : body]
  const named = { error: { ...inner.error, status: 429 } }
  for (const status of [200, 500]) expect(classify(status, named, headers).class).toBe(expected)
})

test('classifyError returns the wait of any class, and two minutes for requests in flight without one', () => {
  const inFlight = labelled({ reason: 'in_flight_budget_exhausted' })
  expect(classify(402, inFlight).retryAfterMs).toBe(120_000)
  expect(classify(402, inFlight, { 'retry-after': '9' }).retryAfterMs).toBe(9000)
  expect(classify(503, error('x'), { 'retry-after': '9' })).toEqual({ class: 'upstream_error', retryAfterMs: 9000 })
  expect(classify(500, error('x')).retryAfterMs).toBeNull()
})
