import { describe, expect, test } from 'vitest'
import { classifyError } from './classify.ts'
import type { FailureClass } from './failure.ts'

type Row = [name: string, status: number, body: unknown, expected: FailureClass]
const error = (message: string, more: Record<string, unknown> = {}) => ({ error: { message, ...more } })
/** An error with labels in its metadata, in the form of OpenRouter. */
const labelled = (metadata: Record<string, unknown>) => error('x', { metadata })
/** An aggregator's error around the error of an upstream. */
const wrapped = (raw: unknown, code?: number) =>
  error('Provider returned error', { code, metadata: { provider_name: 'Acme', raw } })
const availability = (code: string) => error('x', { availability: { code } })

describe('classifyError classifies a request error', () => {
  const windowMessage = 'This model has a maximum context length of 8192 tokens'

  test.each<Row>([
    ['404, about a data policy', 404, error('No endpoints found matching your data policy'), 'no_route_for_policy'],
    [
      '404, about a guardrail',
      404,
      error('No allowed providers: all are excluded by a guardrail'),
      'no_route_for_policy',
    ],
    ['404, about constraints', 404, availability('constraint_filtered'), 'no_route_for_policy'],
    ['404, about privacy', 404, availability('privacy_restricted'), 'no_route_for_policy'],
    ['404, about a region', 404, availability('region_restricted'), 'no_route_for_policy'],
    ['404, about an unknown model', 404, error('The model `x` does not exist'), 'invalid_request'],
    ['404, about an unknown model, by code', 404, error('x', { code: 'model_not_found' }), 'invalid_request'],
    ['404, in the form of FastAPI', 404, { detail: 'Not Found' }, 'invalid_request'],
    ['400, about length, by code', 400, error('long', { code: 'context_length_exceeded' }), 'too_long'],
    ['400, about length, by label', 400, labelled({ error_type: 'token_limit_exceeded' }), 'too_long'],
    ['400, about length, by message', 400, error('prompt is too long: 210000 tokens > 200000 maximum'), 'too_long'],
    [
      '400, about length, in the form of vLLM',
      400,
      { object: 'error', message: 'The prompt is longer than the maximum model length of 8192' },
      'too_long',
    ],
    [
      '400, about length, by the nested message of the upstream',
      400,
      wrapped(JSON.stringify({ error: { message: windowMessage } }), 400),
      'too_long',
    ],
    [
      '400, about length, by the flat message of the upstream',
      400,
      wrapped(JSON.stringify({ message: windowMessage }), 400),
      'too_long',
    ],
    ['400, about length, by the plain text of the upstream', 400, wrapped(windowMessage, 400), 'too_long'],
    [
      '400, about length, by the JSON object of the upstream',
      400,
      wrapped({ error: { message: windowMessage } }, 400),
      'too_long',
    ],
    [
      '400, about length, by the code of the upstream',
      400,
      labelled({ provider_error_code: 'context_length_exceeded' }),
      'too_long',
    ],
    ['422, in the form of FastAPI', 422, { detail: [{ loc: ['body'], msg: 'Field required' }] }, 'invalid_request'],
    ['422, about length, in the form of FastAPI', 422, { detail: [{ msg: windowMessage, input: 'x' }] }, 'too_long'],
    ['413, in plain text', 413, 'Request Entity Too Large', 'too_long'],
    ['400, about a refusal', 400, labelled({ error_type: 'refusal' }), 'refused'],
    ['400, about a content policy', 400, labelled({ error_type: 'content_policy_violation' }), 'content_blocked'],
    [
      '400, about a content filter of the upstream',
      400,
      wrapped('{"error":{"code":"content_filter"}}', 400),
      'content_blocked',
    ],
    [
      '400, about an invalid request at the upstream',
      400,
      wrapped('{"error":{"type":"invalid_request_error"}}', 400),
      'invalid_request',
    ],
    [
      '400, with an HTML page that mentions privacy and length',
      400,
      wrapped('<html>Privacy. Maximum context length', 400),
      'invalid_request',
    ],
    ['400, with half of a nested error', 400, wrapped('{"error":{"mess', 400), 'invalid_request'],
    [
      '400, about a rejected key, in the form of Google',
      400,
      [error('API key not valid. Please pass one.', { code: 400 })],
      'auth',
    ],
    [
      '400, about exhausted credit, in the form of Anthropic',
      400,
      error('Your credit balance is too low'),
      'provider_credit_exhausted',
    ],
    ['400, with a quotation about credit', 400, error("bad value 'Your credit balance is too low'"), 'invalid_request'],
  ])('%s as $3', (_, status, body, expected) => {
    expect(classifyError(status, new Headers(), body, 0).class).toBe(expected)
  })
})
