import { addMoney, readMoney } from '@recto/shared/money'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_QUOTA_REST_MS, LONGEST_RETRY_AFTER_MS } from '../deadlines.ts'
import { price } from '../testing/scripted-provider.ts'
import { classifyError } from './errors/classify.ts'
import { excerptOf } from './errors/excerpt.ts'
import { failureClasses } from './errors/failure.ts'
import { readProviderError } from './errors/provider-error.ts'
import { capRetryAfter, readRetryAfter } from './errors/retry-after.ts'
import { interpret } from './interpret.ts'
import { addToCompletion, emptyCompletion, producedBytes } from './wire/completion.ts'
import { readAnswer } from './wire/read-answer.ts'
import { readUsage } from './wire/usage.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const classes = Object.keys(failureClasses)

const nest = (depth: number, open: string, close: string, inside: string): unknown =>
  JSON.parse(open.repeat(depth) + inside + close.repeat(depth))

/** Values that no careful provider sends but a careless one might. */
const hostile = fc.constantFrom<unknown>(
  nest(10_000, '[', ']', ''),
  nest(10_000, '{"error":', '}', '{"message":"x"}'),
  nest(10_000, '{"error":[', ']}', '429'),
  '['.repeat(10_000) + ']'.repeat(10_000),
  'x'.repeat(200_000),
  '9'.repeat(200_000),
  `${'1h'.repeat(50_000)}`,
  JSON.parse('{"toString":1,"valueOf":2}'),
  JSON.parse('{"__proto__":{"message":"x","code":429},"constructor":1}'),
  JSON.parse('{"__proto__":null}'),
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'Invalid Date',
  'Sat, 99 Nov 2026 99:99:99 GMT',
  '-0',
  '1e400',
  'NaN',
  '\ud800',
  '\u0000',
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  1e300,
  5e-324,
)
const leaf = fc.oneof(hostile, fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null))

/** Field names that the code reads, so that generated values get past the first check. */
const fieldNames = [
  'error message code type status reason metadata availability details detail msg raw reasons limit_source error_type',
  'provider_name provider_error_code headers retry_after_seconds retry_after retryDelay Retry-After X-RateLimit-Reset',
  'choices index delta finish_reason native_finish_reason content refusal reasoning reasoning_content usage id model',
  'thinking text summary data tool_calls reasoning_details',
  'prompt_tokens completion_tokens cost is_byok cost_details upstream_inference_cost prompt_tokens_details __proto__',
].flatMap((line) => line.split(' '))

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...fieldNames), tie('value'), { maxKeys: 6 }),
  ),
}))
const objectWith = (...keys: string[]) =>
  fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] })
const errorFields = fc.record(
  {
    message: value,
    code: value,
    type: value,
    metadata: fc.oneof(
      value,
      objectWith('raw', 'limit_source', 'reasons', 'headers', 'retry_after_seconds', 'provider_name'),
    ),
    availability: fc.oneof(value, objectWith('code', 'retry_after')),
    details: fc.oneof(value, fc.array(objectWith('retryDelay'))),
  },
  { requiredKeys: [] },
)
const errorBody = fc.oneof(
  value,
  errorFields,
  fc.record({ error: errorFields }),
  fc.array(fc.record({ error: errorFields })),
)

const usageBody = fc.oneof(
  value,
  objectWith(
    'prompt_tokens',
    'completion_tokens',
    'total_tokens',
    'cost',
    'total_cost',
    'is_byok',
    'cost_details',
    'prompt_tokens_details',
  ),
)
const choice = fc.record(
  {
    index: fc.oneof(fc.constant(0), value),
    delta: fc.oneof(
      value,
      objectWith('content', 'refusal', 'reasoning', 'reasoning_details', 'thinking', 'tool_calls'),
    ),
    message: fc.oneof(
      value,
      objectWith('content', 'refusal', 'reasoning', 'reasoning_details', 'thinking', 'tool_calls'),
    ),
    finish_reason: fc.oneof(fc.constantFrom('stop', 'END_TURN', 'length', 'error', 'content_filter', '', null), value),
    native_finish_reason: fc.oneof(value, fc.constantFrom('MAX_TOKENS', 'SAFETY', 'abort')),
    error: value,
  },
  { requiredKeys: [] },
)
const answer = fc.oneof(
  value,
  fc.record(
    { choices: fc.oneof(value, fc.array(choice)), usage: usageBody, error: value, id: value },
    { requiredKeys: [] },
  ),
)

const headerNames = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset',
  'x-ratelimit-reset-requests',
  'x-ratelimit-remaining-requests',
]
const headerText = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.constantFrom(
    '-1',
    'NaN',
    '1e99',
    '9'.repeat(400),
    'Infinity',
    '0',
    '6m0s',
    'Fri, 31 Feb 2026 00:00:00 GMT',
    '1h'.repeat(5000),
  ),
  fc.nat().map(String),
)
const headers = fc
  .dictionary(fc.constantFrom(...headerNames), headerText)
  .map((drawn) => new Headers(Object.entries(drawn).map(([name, text]): [string, string] => [name, text.trim()])))
const status = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(0, -1, 999, Number.NaN))

const runs = { numRuns: 400 }
const isWaitUpTo =
  (longest: number) =>
  (wait: number | null): boolean =>
    wait === null || (Number.isInteger(wait) && wait >= 0 && wait <= longest)
const isWait = isWaitUpTo(LONGEST_RETRY_AFTER_MS)

describe('with any response of a provider,', () => {
  test('classifyError returns a class of the table and a valid wait', () => {
    fc.assert(
      fc.property(status, headers, errorBody, (http, sent, body) => {
        const verdict = classifyError(http, sent, body, now)
        expect(classes).toContain(verdict.class)
        const isQuota = verdict.class === 'quota_exhausted_until_reset'
        expect(verdict.retryAfterMs).toSatisfy(isQuota ? isWaitUpTo(LONGEST_QUOTA_REST_MS) : isWait)
        expect(capRetryAfter(readRetryAfter(429, sent, readProviderError(body), now))).toSatisfy(isWait)
      }),
      runs,
    )
  })

  test('excerptOf returns at most 500 characters that Postgres accepts', () => {
    fc.assert(
      fc.property(errorBody, fc.string(), (body, prompt) => {
        const excerpt = excerptOf(body, prompt) ?? ''
        expect(excerpt.length).toBeLessThanOrEqual(500)
        expect(excerpt.isWellFormed()).toBe(true)
        expect(excerpt).not.toMatch(/\p{Cc}/u)
      }),
      runs,
    )
  })

  test('interpret returns an answer or a class of the table for any frames', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 5 }), fc.nat(599), headers, (frames, http, sent) => {
        const completion = emptyCompletion()
        for (const json of frames) addToCompletion(completion, json)
        expect(producedBytes(completion)).toBeGreaterThanOrEqual(0)
        const interpretation = interpret(
          { status: http, headers: sent, completion, errorBody: frames[0], interruptedBy: null },
          now,
        )
        if (interpretation.ok) expect(completion.finish).toBe(interpretation.finish)
        else expect(classes).toContain(interpretation.class)
      }),
      runs,
    )
  })

  test('readAnswer and interpret return an answer or a class of the table for any bytes', async () => {
    const line = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      answer.map((json) => Buffer.from(`data: ${JSON.stringify(serialisable(json))}\n\n`)),
      fc
        .constantFrom('data: [DONE]\n\n', 'event: error\n', ': x\n\n', '\r', '\ufeff', '{', '[', '"', '<')
        .map(Buffer.from),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (pieces) => {
        const completion = emptyCompletion()
        await readAnswer(new Blob(pieces).stream(), completion, 100, new AbortController().signal, () => undefined)
        const interpretation = interpret(
          { status: 200, headers: new Headers(), completion, errorBody: null, interruptedBy: null },
          now,
        )
        if (!interpretation.ok) expect(classes).toContain(interpretation.class)
      }),
      { numRuns: 200 },
    )
  })

  test('readUsage returns token counts that fit their columns, and a cost in USD', () => {
    fc.assert(
      fc.property(usageBody, fc.nat(), fc.boolean(), (body, producedBytes, notProcessed) => {
        const usage = readUsage(body, price, { sentBytes: 300, producedBytes, maxOutputTokens: 1000, notProcessed })
        for (const count of [usage.tokensInput, usage.tokensOutput, usage.tokensReasoning, usage.tokensCached])
          expect(count).toSatisfy(
            (tokens) => tokens === null || (Number.isInteger(tokens) && tokens >= 0 && tokens <= 1e8),
          )
        expect(usage.costUsd).toMatch(/^\d+(\.\d+)?$/)
        expect(Number(usage.costUsd)).toBeLessThan(20_000)
      }),
      runs,
    )
  })

  test('readMoney returns null or an amount that can be added', () => {
    fc.assert(
      fc.property(fc.oneof(value, fc.double(), fc.stringMatching(/^\d{0,60}\.?\d{0,60}(e-?\d{1,3})?$/)), (body) => {
        const money = readMoney(body)
        if (money !== null) expect(addMoney(money, '0')).toBe(money)
      }),
      runs,
    )
  })
})

/** The value, or null when it is nested too deeply for JSON.stringify. */
function serialisable(json: unknown): unknown {
  try {
    JSON.stringify(json)
    return json
  } catch {
    return null
  }
}
