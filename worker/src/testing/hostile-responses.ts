import fc from 'fast-check'

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

export const { value } = fc.letrec<{ value: unknown }>((tie) => ({
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
export const errorBody = fc.oneof(
  value,
  errorFields,
  fc.record({ error: errorFields }),
  fc.array(fc.record({ error: errorFields })),
)

export const usageBody = fc.oneof(
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
export const answer = fc.oneof(
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
export const headers = fc
  .dictionary(fc.constantFrom(...headerNames), headerText)
  .map((drawn) => new Headers(Object.entries(drawn).map(([name, text]): [string, string] => [name, text.trim()])))
export const status = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(0, -1, 999, Number.NaN))
