import { expect, test } from 'vitest'
import { attemptWith, completeBody, stream } from '../../testing/scripted-attempt.ts'
import { delta, frame, replyWith } from '../../testing/scripted-provider.ts'
import { classifyError } from './classify.ts'

const classOf = (body: unknown, status = 200) => classifyError(status, new Headers(), body, 0).class
const error = (fields: Record<string, unknown>) => ({ error: fields })
const limited = '{"error":{"message":"Rate limit reached","code":429}}'

test.each<[string, unknown]>([
  [
    'by the code of its own error',
    error({ code: 502, message: 'Provider returned error', metadata: { raw: limited } }),
  ],
  [
    'by its code beside a general label',
    error({ code: 502, metadata: { error_type: 'provider_unavailable', raw: limited } }),
  ],
  ['by a code of its own', error({ code: 500, metadata: { provider_name: 'Acme', provider_error_code: '429' } })],
  [
    'by its words',
    error({ code: 429, message: 'x', metadata: { raw: 'acme/m is temporarily rate-limited upstream.' } }),
  ],
  ['by the words of the aggregator', error({ message: 'Upstream error from Acme: 429 Too Many Requests' })],
  ['by a label for a 429', error({ type: 'rate_limit_exceeded', message: 'x', provider: 'Acme' })],
  ['beside the error', { provider: 'Acme', error: { code: 429, message: 'Rate limit exceeded' } }],
  ['by an unknown source', error({ code: 429, metadata: { limit_source: 'upstream_provider_account' } })],
])('classifyError says rate_limited_upstream inside a 200 and a 502 when the upstream is named %s', (_, body) => {
  expect(classOf(body)).toBe('rate_limited_upstream')
  expect(classOf(body, 502)).toBe('rate_limited_upstream')
})

test.each<[string, unknown, string]>([
  ["this deployment's limit", error({ code: 429, message: 'Rate limit exceeded' }), 'rate_limited'],
  ['a limit without a code', error({ message: 'Too many requests, slow down' }), 'rate_limited'],
  ['a status in words', error({ status: 'RESOURCE_EXHAUSTED', message: 'x' }), 'rate_limited'],
  [
    "the aggregator's own limit beside a provider",
    error({ code: 429, metadata: { limit_source: 'openrouter_shared_capacity', provider_name: 'Acme' } }),
    'rate_limited',
  ],
  [
    "an upstream's outage",
    error({ code: 502, metadata: { provider_name: 'Acme', raw: 'no backend' } }),
    'upstream_error',
  ],
])('classifyError tells an upstream limit from %s', (_, body, expected) => {
  expect(classOf(body)).toBe(expected)
})

const limit = { code: 429, message: 'Rate limit exceeded' }
const named = { provider: 'Acme', id: 'gen-1' }

test.each([
  ['in a body', replyWith(200, { ...named, error: limit })],
  ['in a choice', replyWith(200, { ...named, choices: [{ index: 0, error: limit, finish_reason: 'error' }] })],
  ['in a frame', stream(delta('[1'), frame({ ...named, error: limit }))],
  [
    'in a choice of a frame',
    stream(delta('[1'), frame({ ...named, choices: [{ index: 0, delta: {}, error: limit }] })),
  ],
  [
    'in a frame before many others',
    stream(frame({ ...named, error: limit }), ...Array.from({ length: 9 }, () => delta('', null, named))),
  ],
])('makeAttempt fails as rate_limited_upstream when the provider stands beside a 429 %s', async (_, reply) => {
  const { attempt } = await attemptWith(reply)
  expect(attempt.outcome).toMatchObject({ ok: false, class: 'rate_limited_upstream' })
})

test('makeAttempt takes an answer that names its provider for an answer', async () => {
  const { attempt } = await attemptWith(replyWith(200, { ...named, ...completeBody('[1]', 'stop') }))
  expect(attempt.outcome).toMatchObject({ ok: true })
})
