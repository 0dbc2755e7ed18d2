import { expect, test } from 'vitest'
import { classifyError } from './classify.ts'

/** Noon UTC, which is four in the morning at Google in winter. */
const now = Date.parse('2026-11-21T12:00:00Z')
const hours = 3_600_000
const minutes = 60_000

const classify = (body: unknown, headers: Record<string, string> = {}, status = 429, at = now) =>
  classifyError(status, new Headers(headers), body, at)
const quota = (retryAfterMs: number | null) => ({ class: 'quota_exhausted_until_reset', retryAfterMs })

const gemini = (quotaIds: unknown[], retryDelay: string) => [
  {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'You exceeded your current quota. Please retry in 31.7s.',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: quotaIds.map((quotaId) => ({ quotaId })),
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    },
  },
]
const perDay = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier'
const perMinute = 'GenerateContentInputTokensPerModelPerMinute-FreeTier'

test.each<[string, unknown, Record<string, string>, number | null]>([
  ["Google's quota id, until midnight in California", gemini([perDay], '31s'), {}, 20 * hours],
  ["Google's quota id beside one per minute", gemini([perMinute, 7, perDay], '31s'), {}, 20 * hours],
  [
    "Google's quota in the metadata of an ErrorInfo",
    { error: { code: 429, message: 'x', details: [{ metadata: { quota_limit: 'RequestsPerDayPerProject' } }] } },
    {},
    20 * hours,
  ],
  [
    'a message with a wait of minutes, in the form of Groq',
    { error: { message: 'Rate limit reached on tokens per day (TPD): Limit 100000. Please try again in 14m51.5s.' } },
    {},
    14 * minutes + 51_500,
  ],
  [
    'a message with a short wait, in the form of OpenAI, which rests for five minutes',
    { error: { message: 'Rate limit reached on requests per day (RPD): Limit 200. Please try again in 7.2s.' } },
    { 'retry-after': '8', 'x-ratelimit-reset-requests': '23h59m' },
    5 * minutes,
  ],
  [
    'a message with a wait in seconds, in the form of GitHub',
    { error: { message: 'Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 34567 seconds.' } },
    {},
    34_567_000,
  ],
  [
    'the reset of a limit per day that is used up, in the form of Cerebras',
    { message: 'Requests per day limit exceeded', type: 'too_many_requests_error' },
    {
      'x-ratelimit-remaining-requests-day': '0',
      'x-ratelimit-reset-requests-day': '33011.38',
      'x-ratelimit-remaining-tokens-minute': '6000',
      'x-ratelimit-reset-tokens-minute': '11.3',
    },
    33_011_380,
  ],
  [
    'a reset as a date, in the form of Anthropic',
    { error: { type: 'rate_limit_error', message: 'x' } },
    { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-11-21T15:00:00Z' },
    3 * hours,
  ],
  [
    'the epoch of a reset beside a short Retry-After, in the form of OpenRouter',
    {
      error: {
        code: 429,
        message: 'Rate limit exceeded: free-models-per-day',
        metadata: { headers: { 'X-RateLimit-Reset': String(now + 12 * hours) } },
      },
    },
    { 'retry-after': '3' },
    12 * hours,
  ],
  ['a message without a wait', { error: { message: 'Daily request limit reached' } }, {}, null],
  ['a monthly quota', { error: { message: 'A trial key is limited to 1000 API calls per month' } }, {}, null],
  [
    'a wait of hours in a message only',
    { error: { message: 'Too many requests. Try again in 2 hours.' } },
    {},
    2 * hours,
  ],
])('classifyError rests a route after a quota with %s', (_, body, headers, wait) => {
  expect(classify(body, headers)).toEqual(quota(wait))
})

test.each<[string, string, number]>([
  ['an hour before midnight in California', '2026-11-30T07:00:00Z', 60 * minutes],
  ['at midnight, when the quota may not have been reset yet', '2026-11-30T08:00:00Z', 5 * minutes],
  ['nine minutes later', '2026-11-30T08:09:00Z', 5 * minutes],
  ['a quarter of an hour later', '2026-11-30T08:15:00Z', 23.75 * hours],
  ['at midnight in summer', '2026-07-01T07:00:01Z', 5 * minutes],
])("classifyError rests a route after Google's quota of a day, %s", (_, at, wait) => {
  expect(classify(gemini([perDay], '31s'), {}, 429, Date.parse(at))).toEqual(quota(wait))
})

test("classifyError rests a route after a quota of a day that stands inside a 200 or an aggregator's 500", () => {
  for (const status of [200, 500]) expect(classify(gemini([perDay], '31s'), {}, status)).toEqual(quota(20 * hours))
})

test.each<[string, unknown, Record<string, string>, number | null]>([
  ['per minute by its id', gemini([perMinute], '31s'), {}, 31_000],
  [
    'per minute by its message, which names the limit per day as well',
    { error: { message: '20 requests per minute reached (and 50 requests per day)' } },
    {},
    null,
  ],
  ['with the wait in its message', { error: { message: 'Please try again in 20s.' } }, {}, 20_000],
  [
    'with a limit per day that is not used up',
    { error: { message: 'x' } },
    { 'x-ratelimit-remaining-requests-day': '9', 'x-ratelimit-reset-requests-day': '33011' },
    null,
  ],
])('classifyError takes a limit %s for a rate limit', (_, body, headers, wait) => {
  expect(classify(body, headers)).toEqual({ class: 'rate_limited', retryAfterMs: wait })
})

const days = 24 * hours

test.each<[string, unknown, Record<string, string>, number | null]>([
  [
    'a wait of two days',
    { error: { message: 'Monthly quota reached' } },
    { 'retry-after': String(2 * 86_400) },
    2 * days,
  ],
  [
    'an instant in 40 days, for 31 days',
    { error: { message: 'x', metadata: { headers: { 'X-RateLimit-Reset': String(now + 40 * days) } } } },
    {},
    31 * days,
  ],
  [
    'an instant in epoch seconds as Retry-After',
    { error: { message: 'Monthly quota reached' } },
    { 'retry-after': String(now / 1000 + 3 * 86_400) },
    3 * days,
  ],
  [
    'a wait of ten years, which is no wait',
    { error: { message: 'Monthly quota reached' } },
    { 'retry-after': String(3650 * 86_400) },
    null,
  ],
  [
    'a duration in days',
    { error: { message: 'Tokens per day (TPD) reached. Please try again in 1d4h.' } },
    {},
    28 * hours,
  ],
])('classifyError rests a route for more than a day after a quota with %s', (_, body, headers, wait) => {
  expect(classify(body, headers)).toEqual(quota(wait))
})

test.each<[string, unknown]>([
  ["Google's quota id", gemini(['GenerateRequestsPerDayPerApiKey'], '31s')],
  ['"for this API key"', { error: { message: 'Daily request limit for this API key reached' } }],
  ['"per API key"', { error: { message: 'Limit of 500 requests per day per API key exceeded.' } }],
  ['"your key has reached"', { error: { message: 'Your API key has reached its daily quota.' } }],
  ['"key limit"', { error: { code: 'key_daily_limit_exceeded', message: 'API key daily limit exceeded' } }],
])('classifyError says of a quota that it is of the key alone, by %s', (_, body) => {
  expect(classify(body)).toMatchObject({ class: 'quota_exhausted_until_reset', ofKey: true })
})

test.each<[string, unknown]>([
  ["Google's project", gemini([perDay], '31s')],
  ['the organization', { error: { message: 'Requests per day (RPD) reached for gpt-x in organization org-key1.' } }],
  ['a hint about keys', { error: { message: 'Daily request limit reached. Create another key or upgrade.' } }],
  ['the model', { error: { message: 'Daily limit of the model reached for all API keys of the account.' } }],
])('classifyError does not say so of a quota of %s', (_, body) => {
  expect(classify(body)).toEqual(quota(classify(body).retryAfterMs))
})
