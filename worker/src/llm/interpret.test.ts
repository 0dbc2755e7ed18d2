import { describe, expect, test } from 'vitest'
import { delta, done, frame } from '../testing/scripted-provider.ts'
import type { FailureClass } from './errors/failure.ts'
import { interpret } from './interpret.ts'
import { emptyCompletion } from './wire/completion.ts'
import { readAnswer } from './wire/read-answer.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

/** What is said of a 200 with this body. */
const judged = async (body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const completion = emptyCompletion()
  await readAnswer(new Blob([text]).stream(), completion, new AbortController().signal, () => undefined)
  return interpret({ status: 200, headers: new Headers(headers), completion, refusal: null, broken: null }, now)
}

const choiceOf = (message: unknown, finish: string | null, more: Record<string, unknown> = {}) => ({
  choices: [{ index: 0, message, finish_reason: finish, ...more }],
})
const last = (more: Record<string, unknown>) => frame({ choices: [{ index: 0, delta: {}, ...more }] })
const upstream = { message: 'Provider returned error', code: 429, metadata: { provider_name: 'Acme', raw: 'slow' } }
const overloaded = { code: 502, message: 'Upstream is gone', metadata: { error_type: 'provider_unavailable' } }

describe('a 200 that is an error', () => {
  test.each<[name: string, body: unknown, expected: FailureClass]>([
    ['at the top, choices null', { id: null, choices: null, usage: null, error: upstream }, 'rate_limited_upstream'],
    ['at the top, no choices', { error: { code: 402, message: 'x' } }, 'provider_credit_exhausted'],
    ['at the top, padded', `\n\n    \n${JSON.stringify({ error: overloaded })}`, 'upstream_error'],
    ['at the top, as text', { error: 'overloaded' }, 'upstream_error'],
    ['at the top, as text with a status beside it', { error: 'UNAUTHORIZED', status: 401, message: 'x' }, 'auth'],
    ['at the top, as true', { error: true, status: 429, message: 'x' }, 'rate_limited'],
    ['in an array', [{ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }], 'rate_limited'],
    ['flat', { object: 'error', message: 'x', code: 400, type: 'BadRequestError' }, 'invalid_request'],
    ['in the choice', choiceOf(null, 'error', { error: upstream }), 'rate_limited_upstream'],
    ['in the choice, as text', choiceOf(null, null, { error: 'gone' }), 'upstream_error'],
    ['in the choice, after nothing', choiceOf({ content: '' }, 'stop', { error: overloaded }), 'upstream_error'],
    ['in a frame', delta('[1') + frame({ error: upstream }) + done, 'rate_limited_upstream'],
    [
      'in a frame, after a choice with an empty one',
      last({ error: '' }) + frame({ error: upstream }),
      'rate_limited_upstream',
    ],
    [
      'in a frame with a finish',
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
      'in a frame named error, as Anthropic',
      'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error"}}\n\n',
      'rate_limited',
    ],
    ['in a frame, as text', delta('[1') + frame({ error: 'gone' }), 'upstream_error'],
    ['in a frame, flat', delta('[1') + frame({ object: 'error', message: 'x', code: 429 }), 'rate_limited'],
    ['by its finish alone', delta('[1') + last({ finish_reason: 'error' }), 'upstream_error'],
    ['by its finish alone, whole', choiceOf({ content: '[1]' }, 'error'), 'upstream_error'],
    [
      'by its native finish alone',
      choiceOf({ content: '[1]' }, 'stop', { native_finish_reason: 'error' }),
      'upstream_error',
    ],
    [
      'by a malformed call',
      last({ finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' }),
      'upstream_error',
    ],
  ])('%s', async (_, body, expected) => {
    expect(await judged(body)).toMatchObject({ ok: false, class: expected })
  })

  test('keeps its wait, from the body and from the headers', async () => {
    expect(await judged({ error: { ...upstream, metadata: { retry_after_seconds: 4 } } })).toMatchObject({
      retryAfterMs: 4000,
    })
    expect(await judged({ error: upstream }, { 'retry-after': '2' })).toMatchObject({ retryAfterMs: 2000 })
  })
})

describe('a 200 that is no answer', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 0 }

  test.each<[name: string, body: unknown, expected: FailureClass]>([
    ['no body', '', 'malformed_response'],
    ['white space', ' \n\n ', 'malformed_response'],
    ['only comments', ': PROCESSING\n\n: PROCESSING\n\n', 'malformed_response'],
    ['plain text', 'Service starting', 'malformed_response'],
    ['a page of HTML', '<!doctype html><p>Hi', 'malformed_response'],
    ['a word in JSON', '"ok"', 'malformed_response'],
    ['nothing in JSON', 'null', 'malformed_response'],
    ['a number', '42', 'malformed_response'],
    ['an empty object', {}, 'malformed_response'],
    ['an empty array', [], 'malformed_response'],
    ['half a body', '{"choices":[{"index":0,"mess', 'malformed_response'],
    ['choices null', { choices: null }, 'malformed_response'],
    ['choices empty', { choices: [] }, 'malformed_response'],
    ['choices that are none', { choices: 'x' }, 'malformed_response'],
    ['choices of null', { choices: [null] }, 'malformed_response'],
    [
      'another choice than the first',
      { choices: [{ index: 1, message: { content: 'x' }, finish_reason: 'stop' }] },
      'malformed_response',
    ],
    ['message null', choiceOf(null, 'stop'), 'malformed_response'],
    ['content null', choiceOf({ content: null }, 'stop'), 'malformed_response'],
    ['content blank', choiceOf({ content: ' \n' }, 'stop'), 'malformed_response'],
    ['content of another type', choiceOf({ content: 7 }, 'stop'), 'malformed_response'],
    ['thoughts alone', choiceOf({ content: null, reasoning: 'Hm.' }, 'stop'), 'malformed_response'],
    [
      'thoughts alone, as others name them',
      delta('', 'stop') + frame({ choices: [{ delta: { reasoning_content: 'Hm.' } }] }),
      'malformed_response',
    ],
    ['text of no tokens', { ...choiceOf({ content: '[1]' }, 'stop'), usage }, 'malformed_response'],
    ['cut text of no tokens', { ...choiceOf({ content: '[1]' }, 'length'), usage }, 'malformed_response'],
    ['text without a finish', choiceOf({ content: '[1]' }, null), 'malformed_response'],
    ['text with a finish that is none', choiceOf({ content: '[1]' }, 'tool_calls'), 'malformed_response'],
    ['a stream cut before its finish', delta('[1,') + delta('2]'), 'malformed_response'],
    ['a stream cut in a frame', delta('[1,') + delta('2]', 'stop').slice(0, 40), 'malformed_response'],
    ['[DONE] before a finish', delta('[1]') + done, 'malformed_response'],
    ['a frame that is no JSON', `${delta('[1,')}data: {"cho\n\n${delta('2]', 'stop')}`, 'malformed_response'],
    ['a frame that is no object', `${delta('[1]', 'stop')}data: 5\n\n`, 'malformed_response'],
    ['a refusal', choiceOf({ content: null, refusal: 'I cannot.' }, 'stop'), 'refused'],
    ['a refusal in frames', frame({ choices: [{ delta: { refusal: 'No' } }] }) + delta('', 'stop'), 'refused'],
    ['a refusal at the limit', choiceOf({ content: null, refusal: 'I cann' }, 'length'), 'refused'],
    ['a filter', choiceOf({ content: '[1' }, 'content_filter'), 'refused'],
    ...['PROHIBITED_CONTENT', 'SAFETY', 'refusal', 'RECITATION'].flatMap(
      (native): [string, unknown, FailureClass][] => [
        [`${native} behind a stop`, choiceOf({ content: null }, 'stop', { native_finish_reason: native }), 'refused'],
        [
          `${native} behind a filter`,
          choiceOf({ content: null }, 'content_filter', { native_finish_reason: native }),
          'refused',
        ],
        [
          `${native} behind an error`,
          choiceOf({ content: null }, 'error', { native_finish_reason: native }),
          'refused',
        ],
      ],
    ),
  ])('%s', async (_, body, expected) => {
    expect(await judged(body)).toMatchObject({ ok: false, class: expected })
  })
})

describe('a 200 to read', () => {
  test.each<[name: string, body: unknown, content: string, finish: string]>([
    ['whole', choiceOf({ content: '[1]' }, 'stop'), '[1]', 'stop'],
    ['whole, in parts', choiceOf({ content: [{ type: 'text', text: '[1' }, { text: ']' }] }, 'stop'), '[1]', 'stop'],
    ['whole, beside an empty delta', choiceOf({ content: '[1]' }, 'stop', { delta: null }), '[1]', 'stop'],
    [
      'whole, after a choice of null',
      { choices: [null, ...choiceOf({ content: '[1]' }, 'stop').choices] },
      '[1]',
      'stop',
    ],
    [
      'whole, with an error of null',
      { ...choiceOf({ content: '[1]' }, 'stop', { error: null }), error: null },
      '[1]',
      'stop',
    ],
    ['in frames, the finish told twice', delta('[1]', 'stop') + delta('', 'stop') + done, '[1]', 'stop'],
    ['in frames, an empty finish after it', delta('[1]', 'stop') + delta('', '') + done, '[1]', 'stop'],
    ['cut at the limit', delta('[1', 'length') + done, '[1', 'length'],
    [
      'thoughts up to the limit',
      frame({ choices: [{ delta: { reasoning: 'Hm' } }] }) + delta('', 'length'),
      '',
      'length',
    ],
    ['fenced, as it came', choiceOf({ content: '```json\n[1]\n```' }, 'stop'), '```json\n[1]\n```', 'stop'],
  ])('%s', async (_, body, content, finish) => {
    expect(await judged(body)).toEqual({ ok: true, content, finish })
  })
})

describe('how it ended', () => {
  const heard = { status: 200, headers: new Headers(), refusal: null }

  test.each<[broken: 'network' | 'transport_timeout' | 'aborted', expected: FailureClass]>([
    ['network', 'network'],
    ['transport_timeout', 'timeout'],
    ['aborted', 'aborted'],
  ])('%s', (broken, expected) => {
    const completion = { ...emptyCompletion(), content: '[1' }
    expect(interpret({ ...heard, completion, broken }, now)).toMatchObject({ ok: false, class: expected })
    expect(interpret({ ...heard, status: null, completion, broken }, now)).toMatchObject({ class: expected })
  })

  test('an error that was told before it broke is the cause', () => {
    const completion = { ...emptyCompletion(), error: upstream }
    expect(interpret({ ...heard, completion, broken: 'network' }, now)).toMatchObject({
      class: 'rate_limited_upstream',
    })
  })

  test('a redirection is no success', () => {
    expect(interpret({ ...heard, status: 304, completion: emptyCompletion(), broken: null }, now)).toMatchObject({
      class: 'upstream_error',
    })
  })
})
