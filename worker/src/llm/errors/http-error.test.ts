import { expect, test } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import { replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import { interpret } from '../interpret.ts'
import { createClient } from '../wire/client.ts'
import { send } from '../wire/send.ts'
import { excerptOf } from './excerpt.ts'
import type { FailureClass } from './failure.ts'

const route = exampleRoute()
const request = { messages: [{ role: 'user' as const, content: 'x' }], maxCompletionTokens: 10, temperature: 0 }

/** Sends a request to a provider that answers with this error, and interprets the response. */
const sendTo = async (status: number, body: unknown, headers: Record<string, string>) => {
  await using provider = await scriptedProvider(replyWith(status, body, headers))
  const options = {
    key: 'k',
    route,
    request,
    now: Date.now,
    onIdentified: () => undefined,
    onProgress: () => undefined,
  }
  const client = createClient({ baseURL: provider.baseURL })
  const rawResponse = await send({ ...options, client }, new AbortController().signal)
  return {
    ...interpret(rawResponse, Date.now()),
    status: rawResponse.status,
    excerpt: excerptOf(rawResponse.errorBody, ''),
  }
}

const html = { 'content-type': 'text/html' }
type Row = [
  name: string,
  status: number,
  body: unknown,
  headers: Record<string, string>,
  expected: FailureClass,
  excerpt: string | null,
]

test.each<Row>([
  ['an object', 429, { error: { message: 'slow', code: 429 } }, { 'retry-after': '120' }, 'rate_limited', 'slow'],
  ['an array, in the form of Gemini', 503, [{ error: { code: 503, message: 'busy' } }], {}, 'upstream_error', 'busy'],
  [
    'a flat object, in the form of vLLM',
    400,
    { object: 'error', message: 'bad roles', code: 400 },
    {},
    'invalid_request',
    'bad roles',
  ],
  [
    'an error string beside a message, in the form of a gateway',
    401,
    { status: 401, error: 'UNAUTHORIZED', message: 'no key' },
    {},
    'auth',
    'no key',
  ],
  [
    'a detail, in the form of FastAPI',
    422,
    { detail: [{ msg: 'field required' }] },
    {},
    'invalid_request',
    'field required',
  ],
  ['a JSON string', 429, '"limit_rpd reached"', {}, 'quota_exhausted_until_reset', 'limit_rpd reached'],
  [
    'plain text',
    503,
    'upstream connect error',
    { 'content-type': 'text/plain' },
    'upstream_error',
    'upstream connect error',
  ],
  [
    'an object after white space',
    402,
    '\n\n   {"error":{"message":"no credit","code":402}}',
    {},
    'provider_credit_exhausted',
    'no credit',
  ],
  ['an HTML page', 502, '<html>Bad gateway', html, 'upstream_error', null],
  ['an HTML page of the edge network', 524, '<html>A timeout occurred', html, 'timeout', null],
  ['empty', 500, '', {}, 'upstream_error', null],
  ['null', 500, 'null', {}, 'upstream_error', null],
  ['half an object', 500, '{"error":{"mess', {}, 'upstream_error', 'mess'],
  [
    'an event stream',
    429,
    'data: {"error":{"message":"slow","code":429}}\n\n',
    { 'content-type': 'text/event-stream' },
    'rate_limited',
    'slow',
  ],
  [
    'an object with ten thousand levels',
    400,
    '{"error":'.repeat(10_000) + '1'.padEnd(10_001, '}'),
    {},
    'invalid_request',
    null,
  ],
  ['an array with ten thousand levels', 429, '['.repeat(10_000).padEnd(20_000, ']'), {}, 'rate_limited', null],
])(
  'send and interpret classify an error body that is %s as $4',
  async (_, status, body, headers, expected, excerpt) => {
    const result = await sendTo(status, body, headers)
    expect(result).toMatchObject({ ok: false, class: expected, status })
    if (excerpt === null) expect(result.excerpt).toBeNull()
    else expect(result.excerpt).toContain(excerpt)
  },
)

test('send stops reading an endless error body and closes the connection', async () => {
  await using provider = await scriptedProvider((response) => {
    response.writeHead(503, { 'content-type': 'text/plain' })
    const flood = (): void => {
      while (!response.destroyed && response.write('busy '.repeat(10_000)));
      if (!response.destroyed) response.once('drain', flood)
    }
    flood()
  })
  const client = createClient({ baseURL: provider.baseURL })
  const options = {
    client,
    key: 'k',
    route,
    request,
    now: Date.now,
    onIdentified: () => undefined,
    onProgress: () => undefined,
  }
  const rawResponse = await send(options, new AbortController().signal)
  expect(interpret(rawResponse, Date.now())).toMatchObject({ class: 'upstream_error' })
  expect(String(rawResponse.errorBody).length).toBeLessThan(1024 * 1024)
  await provider.hungUp
})
