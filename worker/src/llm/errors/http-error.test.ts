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

/** What comes over the wire of a request that is refused like this. */
const refusedWith = async (status: number, body: unknown, headers: Record<string, string>) => {
  await using provider = await scriptedProvider(replyWith(status, body, headers))
  const sent = { key: 'k', route, request, now: Date.now, onIdentified: () => undefined }
  const client = createClient({ baseURL: provider.baseURL })
  const rawResponse = await send({ ...sent, client }, new AbortController().signal)
  return {
    ...interpret(rawResponse, Date.now()),
    status: rawResponse.status,
    excerpt: excerptOf(rawResponse.refusal, ''),
  }
}

const html = { 'content-type': 'text/html' }
type Row = [
  name: string,
  status: number,
  body: unknown,
  headers: Record<string, string>,
  expected: FailureClass,
  told: string | null,
]

test.each<Row>([
  ['an object', 429, { error: { message: 'slow', code: 429 } }, { 'retry-after': '120' }, 'rate_limited', 'slow'],
  ['an array, as Gemini', 503, [{ error: { code: 503, message: 'busy' } }], {}, 'upstream_error', 'busy'],
  [
    'a flat object, as vLLM',
    400,
    { object: 'error', message: 'bad roles', code: 400 },
    {},
    'invalid_request',
    'bad roles',
  ],
  [
    'a word and a message, as a gateway',
    401,
    { status: 401, error: 'UNAUTHORIZED', message: 'no key' },
    {},
    'auth',
    'no key',
  ],
  ['a detail, as FastAPI', 422, { detail: [{ msg: 'field required' }] }, {}, 'invalid_request', 'field required'],
  ['a word of JSON', 429, '"limit_rpd reached"', {}, 'quota_exhausted_until_reset', 'limit_rpd reached'],
  [
    'plain text',
    503,
    'upstream connect error',
    { 'content-type': 'text/plain' },
    'upstream_error',
    'upstream connect error',
  ],
  ['padded', 402, '\n\n   {"error":{"message":"no credit","code":402}}', {}, 'provider_credit_exhausted', 'no credit'],
  ['a page of HTML', 502, '<html>Bad gateway', html, 'upstream_error', null],
  ['a page of HTML of the edge', 524, '<html>A timeout occurred', html, 'timeout', null],
  ['nothing', 500, '', {}, 'upstream_error', null],
  ['null', 500, 'null', {}, 'upstream_error', null],
  ['half an object', 500, '{"error":{"mess', {}, 'upstream_error', 'mess'],
  [
    'events',
    429,
    'data: {"error":{"message":"slow","code":429}}\n\n',
    { 'content-type': 'text/event-stream' },
    'rate_limited',
    'slow',
  ],
  ['ten thousand levels', 400, '{"error":'.repeat(10_000) + '1'.padEnd(10_001, '}'), {}, 'invalid_request', null],
  ['ten thousand arrays', 429, '['.repeat(10_000).padEnd(20_000, ']'), {}, 'rate_limited', null],
])('a refusal that is %s', async (_, status, body, headers, expected, told) => {
  const refused = await refusedWith(status, body, headers)
  expect(refused).toMatchObject({ ok: false, class: expected, status })
  if (told === null) expect(refused.excerpt).toBeNull()
  else expect(refused.excerpt).toContain(told)
})

test('a refusal without end is read so far and no further', async () => {
  await using provider = await scriptedProvider((response) => {
    response.writeHead(503, { 'content-type': 'text/plain' })
    const flood = (): void => {
      while (!response.destroyed && response.write('busy '.repeat(10_000)));
      if (!response.destroyed) response.once('drain', flood)
    }
    flood()
  })
  const client = createClient({ baseURL: provider.baseURL })
  const sent = { client, key: 'k', route, request, now: Date.now, onIdentified: () => undefined }
  const rawResponse = await send(sent, new AbortController().signal)
  expect(interpret(rawResponse, Date.now())).toMatchObject({ class: 'upstream_error' })
  expect(String(rawResponse.refusal).length).toBeLessThan(1024 * 1024)
  await provider.hungUp
})
