import { expect, test } from 'vitest'
import { readProviderError } from './provider-error.ts'
import { capRetryAfter, readRetryAfter } from './retry-after.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const wait = (headers: Record<string, string>, error: unknown = {}, status = 429) =>
  capRetryAfter(readRetryAfter(status, new Headers(headers), readProviderError({ error }), now))

test.each([
  ['the header retry-after-ms', { 'retry-after-ms': '1500', 'retry-after': '9' }, {}, 1500],
  ['the header retry-after in seconds', { 'retry-after': '2.5' }, {}, 2500],
  ['the header retry-after as a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:07 GMT' }, {}, 7000],
  ['the header retry-after as a past date', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, {}, 0],
  ['a header inside the body', {}, { metadata: { headers: { 'Retry-After': '3' }, retry_after_seconds: 9 } }, 3000],
  ['seconds in the metadata', {}, { metadata: { retry_after_seconds: 5 }, availability: { retry_after: 9 } }, 5000],
  ['seconds in the availability', {}, { availability: { retry_after: 4 } }, 4000],
  ['a reset in epoch milliseconds', {}, { metadata: { headers: { 'X-RateLimit-Reset': String(now + 8000) } } }, 8000],
  ['a reset in epoch seconds', { 'x-ratelimit-reset': String(now / 1000 + 8) }, {}, 8000],
  ['a past reset', {}, { metadata: { headers: { 'X-RateLimit-Reset': String(now - 1) } } }, null],
  [
    'the later of two reset durations',
    { 'x-ratelimit-reset-requests': '250ms', 'x-ratelimit-reset-tokens': '1m2s' },
    {},
    62_000,
  ],
  [
    'the reset duration of the limit that is used up',
    {
      'x-ratelimit-reset-requests': '250ms',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    {},
    250,
  ],
  ['the retry delay in the details of Gemini', {}, { details: [{ reason: 'x' }, { retryDelay: '12.5s' }] }, 12_500],
  [
    'the next source after headers that do not parse',
    { 'retry-after': 'soon', 'retry-after-ms': '-1' },
    { metadata: { retry_after_seconds: 1 } },
    1000,
  ],
  ['more than a day', { 'retry-after': '90000' }, {}, null],
  ['no hint', {}, {}, null],
] as const)('readRetryAfter and capRetryAfter return $3 for %s', (_, headers, error, expected) => {
  expect(wait(headers, error)).toBe(expected)
})

test('readRetryAfter ignores rate-limit reset headers when the status is not 429', () => {
  expect(wait({ 'x-ratelimit-reset-tokens': '6m0s' }, {}, 500)).toBeNull()
})
