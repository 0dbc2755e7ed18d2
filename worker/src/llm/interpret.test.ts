import { describe, expect, test } from 'vitest'
import { delta, done, frame } from '../testing/scripted-provider.ts'
import type { FailureClass } from './errors/failure.ts'
import { interpret } from './interpret.ts'
import { emptyCompletion } from './wire/completion.ts'
import { readAnswer } from './wire/read-answer.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

/** Interprets a response with status 200 and this body. */
const interpretBody = async (body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const completion = emptyCompletion()
  await readAnswer(new Blob([text]).stream(), completion, 100, new AbortController().signal, () => undefined)
  return interpret(
    { status: 200, headers: new Headers(headers), completion, errorBody: null, interruptedBy: null },
    now,
  )
}

const choiceOf = (message: unknown, finish: string | null, more: Record<string, unknown> = {}) => ({
  choices: [{ index: 0, message, finish_reason: finish, ...more }],
})
const last = (more: Record<string, unknown>) => frame({ choices: [{ index: 0, delta: {}, ...more }] })
const upstream = { message: 'Provider returned error', code: 429, metadata: { provider_name: 'Acme', raw: 'slow' } }
const overloaded = { code: 502, message: 'Upstream is gone', metadata: { error_type: 'provider_unavailable' } }

describe('interpret, for an error inside a status 200,', () => {
  test.each<[name: string, body: unknown, expected: FailureClass]>([
    ['beside null choices', { id: null, choices: null, usage: null, error: upstream }, 'rate_limited_upstream'],
    ['at the top without choices', { error: { code: 402, message: 'x' } }, 'provider_credit_exhausted'],
    ['at the top after white space', `\n\n    \n${JSON.stringify({ error: overloaded })}`, 'upstream_error'],
    ['at the top as a string', { error: 'overloaded' }, 'upstream_error'],
    ['at the top as a string with a status beside it', { error: 'UNAUTHORIZED', status: 401, message: 'x' }, 'auth'],
    ['at the top as true with a status beside it', { error: true, status: 429, message: 'x' }, 'rate_limited'],
    ['at the top of an array', [{ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }], 'rate_limited'],
    [
      'in a body without an error key',
      { object: 'error', message: 'x', code: 400, type: 'BadRequestError' },
      'invalid_request',
    ],
    ['in the choice', choiceOf(null, 'error', { error: upstream }), 'rate_limited_upstream'],
    ['in the choice as a string', choiceOf(null, null, { error: 'gone' }), 'upstream_error'],
    ['in the choice beside empty content', choiceOf({ content: '' }, 'stop', { error: overloaded }), 'upstream_error'],
    ['in a frame', delta('[1') + frame({ error: upstream }) + done, 'rate_limited_upstream'],
    ['in a frame after an empty error', last({ error: '' }) + frame({ error: upstream }), 'rate_limited_upstream'],
    [
      'in a frame with a finish reason',
      frame({ error: overloaded, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }),
      'upstream_error',
    ],
    ['in the choice of a frame', delta('[1') + last({ error: upstream }), 'rate_limited_upstream'],
    [
      'in a frame named error',
      `event: error\ndata: ${JSON.stringify({ message: 'x', code: 503 })}\n\n`,
      'upstream_error',
    ],
    [
      'in a frame named error, in the form of Anthropic',
      'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error"}}\n\n',
      'rate_limited',
    ],
    ['in a frame as a string', delta('[1') + frame({ error: 'gone' }), 'upstream_error'],
    [
      'in a frame without an error key',
      delta('[1') + frame({ object: 'error', message: 'x', code: 429 }),
      'rate_limited',
    ],
    ['named only by the finish reason of a frame', delta('[1') + last({ finish_reason: 'error' }), 'upstream_error'],
    ['named only by the finish reason of a body', choiceOf({ content: '[1]' }, 'error'), 'upstream_error'],
    [
      'named only by the native finish reason',
      choiceOf({ content: '[1]' }, 'stop', { native_finish_reason: 'error' }),
      'upstream_error',
    ],
    [
      'named by the finish reasons of a malformed function call',
      last({ finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' }),
      'upstream_error',
    ],
  ])('classifies an error %s as $2', async (_, body, expected) => {
    expect(await interpretBody(body)).toMatchObject({ ok: false, class: expected })
  })

  test('reads the wait from the body and from the headers', async () => {
    expect(await interpretBody({ error: { ...upstream, metadata: { retry_after_seconds: 4 } } })).toMatchObject({
      retryAfterMs: 4000,
    })
    expect(await interpretBody({ error: upstream }, { 'retry-after': '2' })).toMatchObject({ retryAfterMs: 2000 })
  })
})

describe('interpret, for a status 200 without an answer,', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 0 }

  test.each<[name: string, body: unknown, expected: FailureClass]>([
    ['an empty body', '', 'upstream_error'],
    ['a body of white space', ' \n\n ', 'upstream_error'],
    ['a stream of comments only', ': PROCESSING\n\n: PROCESSING\n\n', 'malformed_response'],
    ['plain text', 'Service starting', 'upstream_error'],
    ['a page of HTML', '<!doctype html><p>Hi', 'upstream_error'],
    ['a JSON string', '"ok"', 'upstream_error'],
    ['a JSON null', 'null', 'upstream_error'],
    ['a JSON number', '42', 'upstream_error'],
    ['an empty object', {}, 'malformed_response'],
    ['an empty array', [], 'upstream_error'],
    ['half a JSON body', '{"choices":[{"index":0,"mess', 'malformed_response'],
    ['choices of null', { choices: null }, 'malformed_response'],
    ['empty choices', { choices: [] }, 'malformed_response'],
    ['choices of another type', { choices: 'x' }, 'malformed_response'],
    ['a choice of null', { choices: [null] }, 'malformed_response'],
    [
      'a choice with an index other than 0',
      { choices: [{ index: 1, message: { content: 'x' }, finish_reason: 'stop' }] },
      'malformed_response',
    ],
    ['a message of null', choiceOf(null, 'stop'), 'malformed_response'],
    ['content of null', choiceOf({ content: null }, 'stop'), 'malformed_response'],
    ['blank content', choiceOf({ content: ' \n' }, 'stop'), 'malformed_response'],
    ['content of another type', choiceOf({ content: 7 }, 'stop'), 'malformed_response'],
    ['reasoning without an answer', choiceOf({ content: null, reasoning: 'Hm.' }, 'stop'), 'malformed_response'],
    [
      'reasoning_content without an answer',
      delta('', 'stop') + frame({ choices: [{ delta: { reasoning_content: 'Hm.' } }] }),
      'malformed_response',
    ],
    ['text with a token count of zero', { ...choiceOf({ content: '[1]' }, 'stop'), usage }, 'malformed_response'],
    [
      'cut-off text with a token count of zero',
      { ...choiceOf({ content: '[1]' }, 'length'), usage },
      'malformed_response',
    ],
    ['text without a finish reason', choiceOf({ content: '[1]' }, null), 'malformed_response'],
    ['text with another finish reason', choiceOf({ content: '[1]' }, 'tool_calls'), 'malformed_response'],
    ['a stream cut before its finish reason', delta('[1,') + delta('2]'), 'malformed_response'],
    ['a stream cut within a frame', delta('[1,') + delta('2]', 'stop').slice(0, 40), 'malformed_response'],
    ['[DONE] before a finish reason', delta('[1]') + done, 'malformed_response'],
    ['a frame that is not JSON', `${delta('[1,')}data: {"cho\n\n${delta('2]', 'stop')}`, 'malformed_response'],
    ['a frame that is not an object', `${delta('[1]', 'stop')}data: 5\n\n`, 'malformed_response'],
    ['a refusal', choiceOf({ content: null, refusal: 'I cannot.' }, 'stop'), 'refused'],
    ['a refusal in a stream', frame({ choices: [{ delta: { refusal: 'No' } }] }) + delta('', 'stop'), 'refused'],
    ['a refusal at the token limit', choiceOf({ content: null, refusal: 'I cann' }, 'length'), 'refused'],
    ['a content filter', choiceOf({ content: '[1' }, 'content_filter'), 'refused'],
    ...['PROHIBITED_CONTENT', 'SAFETY', 'refusal', 'RECITATION'].flatMap(
      (native): [string, unknown, FailureClass][] => [
        [
          `the native finish reason ${native} behind stop`,
          choiceOf({ content: null }, 'stop', { native_finish_reason: native }),
          'refused',
        ],
        [
          `the native finish reason ${native} behind content_filter`,
          choiceOf({ content: null }, 'content_filter', { native_finish_reason: native }),
          'refused',
        ],
        [
          `the native finish reason ${native} behind error`,
          choiceOf({ content: null }, 'error', { native_finish_reason: native }),
          'refused',
        ],
      ],
    ),
  ])('classifies %s as $2', async (_, body, expected) => {
    expect(await interpretBody(body)).toMatchObject({ ok: false, class: expected })
  })
})

describe('interpret, for a status 200 with an answer,', () => {
  test.each<[name: string, body: unknown, content: string, finish: string]>([
    ['a JSON body', choiceOf({ content: '[1]' }, 'stop'), '[1]', 'stop'],
    [
      'a JSON body whose content is an array of parts',
      choiceOf({ content: [{ type: 'text', text: '[1' }, { text: ']' }] }, 'stop'),
      '[1]',
      'stop',
    ],
    ['a JSON body with a delta of null', choiceOf({ content: '[1]' }, 'stop', { delta: null }), '[1]', 'stop'],
    [
      'a JSON body with a choice of null before the answer',
      { choices: [null, ...choiceOf({ content: '[1]' }, 'stop').choices] },
      '[1]',
      'stop',
    ],
    [
      'a JSON body with errors of null',
      { ...choiceOf({ content: '[1]' }, 'stop', { error: null }), error: null },
      '[1]',
      'stop',
    ],
    ['a stream that repeats its finish reason', delta('[1]', 'stop') + delta('', 'stop') + done, '[1]', 'stop'],
    [
      'a stream with an empty finish reason after the real one',
      delta('[1]', 'stop') + delta('', '') + done,
      '[1]',
      'stop',
    ],
    ['a stream that was cut off at the token limit', delta('[1', 'length') + done, '[1', 'length'],
    [
      'a stream that reached the token limit while reasoning',
      frame({ choices: [{ delta: { reasoning: 'Hm' } }] }) + delta('', 'length'),
      '',
      'length',
    ],
    [
      'a JSON body with a code fence, which stays',
      choiceOf({ content: '```json\n[1]\n```' }, 'stop'),
      '```json\n[1]\n```',
      'stop',
    ],
  ])('returns the text of %s', async (_, body, content, finish) => {
    expect(await interpretBody(body)).toEqual({ ok: true, content, finish })
  })
})

describe('interpret, for a request that ended early,', () => {
  const received = { status: 200, headers: new Headers(), errorBody: null }

  test.each<[interruptedBy: 'network' | 'transport_timeout' | 'aborted', expected: FailureClass]>([
    ['network', 'network'],
    ['transport_timeout', 'timeout'],
    ['aborted', 'aborted'],
  ])('classifies %s as %s', (interruptedBy, expected) => {
    const completion = { ...emptyCompletion(), content: '[1' }
    expect(interpret({ ...received, completion, interruptedBy }, now)).toMatchObject({ ok: false, class: expected })
    expect(interpret({ ...received, status: null, completion, interruptedBy }, now)).toMatchObject({ class: expected })
  })

  test('classifies the error that the provider sent before the connection broke', () => {
    const completion = { ...emptyCompletion(), error: upstream }
    expect(interpret({ ...received, completion, interruptedBy: 'network' }, now)).toMatchObject({
      class: 'rate_limited_upstream',
    })
  })

  test('classifies a redirection as an upstream error', () => {
    expect(
      interpret({ ...received, status: 304, completion: emptyCompletion(), interruptedBy: null }, now),
    ).toMatchObject({
      class: 'upstream_error',
    })
  })
})
