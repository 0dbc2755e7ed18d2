import { expect, test } from 'vitest'
import { readProviderError } from './provider-error.ts'
import { capRetryAfter, readRetryAfter } from './retry-after.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const wait = (headers: Record<string, string>, error: unknown = {}, status = 429) =>
  capRetryAfter(readRetryAfter(status, new Headers(headers), readProviderError({ error }), now))

test.each([
  ['retry-after-ms', { 'retry-after-ms': '1500', 'retry-after': '9' }, {}, 1500],
  ['retry-after in seconds', { 'retry-after': '2.5' }, {}, 2500],
  ['retry-after as a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:07 GMT' }, {}, 7000],
  ['a date that is past', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, {}, 0],
  ['a header inside the body', {}, { metadata: { headers: { 'Retry-After': '3' }, retry_after_seconds: 9 } }, 3000],
  ['seconds in the metadata', {}, { metadata: { retry_after_seconds: 5 }, availability: { retry_after: 9 } }, 5000],
  ['seconds in the availability', {}, { availability: { retry_after: 4 } }, 4000],
  ['a reset as epoch ms', {}, { metadata: { headers: { 'X-RateLimit-Reset': String(now + 8000) } } }, 8000],
  ['a reset as epoch seconds', { 'x-ratelimit-reset': String(now / 1000 + 8) }, {}, 8000],
  ['a reset that is past', {}, { metadata: { headers: { 'X-RateLimit-Reset': String(now - 1) } } }, null],
  [
    'durations: the later one',
    { 'x-ratelimit-reset-requests': '250ms', 'x-ratelimit-reset-tokens': '1m2s' },
    {},
    62_000,
  ],
  [
    'durations: the one that is spent',
    {
      'x-ratelimit-reset-requests': '250ms',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    {},
    250,
  ],
  ['a detail of Gemini', {}, { details: [{ reason: 'x' }, { retryDelay: '12.5s' }] }, 12_500],
  [
    'garbage falls through',
    { 'retry-after': 'soon', 'retry-after-ms': '-1' },
    { metadata: { retry_after_seconds: 1 } },
    1000,
  ],
  ['more than a day is not believed', { 'retry-after': '90000' }, {}, null],
  ['nothing', {}, {}, null],
] as const)('%s', (_, headers, error, expected) => {
  expect(wait(headers, error)).toBe(expected)
})

test('the reset of a rate limit says nothing of a failure that is none', () => {
  expect(wait({ 'x-ratelimit-reset-tokens': '6m0s' }, {}, 500)).toBeNull()
})
