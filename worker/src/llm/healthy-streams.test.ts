import { describe, expect, test } from 'vitest'
import { attemptWith, completeBody, stream } from '../testing/scripted-attempt.ts'
import { delta, done, frame, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

const answered = { ok: true, value: [1, 2], truncated: false }
const frameOf = (message: unknown, more: Record<string, unknown> = {}) =>
  frame({ choices: [{ index: 0, delta: message, finish_reason: null }], ...more })
const last = delta('', 'stop')

describe('makeAttempt, with a stream of events that carry nothing,', () => {
  test.each<[string, string]>([
    ['an empty data line', 'data:\n\n'],
    ['a data line of spaces', 'data:   \n\n'],
    ['two empty data lines', 'data\ndata\n\n'],
    ['a name without data', 'event: ping\n\n'],
    ['an error event without data', 'event: error\n\n'],
    ['an id and a retry time', 'id: 4\nretry: 3000\n\n'],
    ['an unknown field', 'foo: bar\n\n'],
    ['a line without a colon', 'keepalive\n\n'],
    ['comments and blank lines', ':\n: hi\n\n\n\n'],
    ['a ping of words', 'event: ping\ndata: 2026-11-28T10:00:00Z\n\n'],
    ['a heartbeat of one word', 'event: heartbeat\ndata: alive\n\n'],
    ['a ping of JSON', 'event: ping\ndata: {"type":"ping"}\n\n'],
    ['null', 'data: null\n\n'],
    ['an empty array', 'data: []\n\n'],
    ['an empty object', 'data: {}\n\n'],
  ])('returns the answer around %s', async (_, nothing) => {
    const pieces = [nothing, delta('[1,'), nothing, delta('2]'), nothing, delta('', 'stop'), nothing]
    expect((await attemptWith(stream(...pieces))).attempt.outcome).toEqual(answered)
  })

  test('returns the answer after a byte order mark, and with an end mark between spaces', async () => {
    const reply = replyStream([`\ufeff${delta('[1,2]', 'stop')}`, 'data:  [DONE] \n\n'])
    expect((await attemptWith(reply)).attempt.outcome).toEqual(answered)
  })

  test('ignores an event that the end of the stream cuts off', async () => {
    expect((await attemptWith(replyStream([delta('[1,2]', 'stop'), 'data: {"cho']))).attempt.outcome).toEqual(answered)
  })
})

describe('makeAttempt, with a finish reason in the words of another server,', () => {
  test.each(
    [
      ...['STOP', 'Stop', 'FINISH_REASON_STOP', 'end_turn', 'END_TURN', 'endTurn', 'stop_sequence', 'eos', 'eos_token'],
      ...['EOS_TOKEN', 'COMPLETE', 'completed', 'finish', ' stop ', 'endoftext', 'done', 'word', 'EndOfSequence'],
    ].map((word) => [word]),
  )('takes %s for a complete answer', async (word) => {
    const { attempt } = await attemptWith(stream(delta('[1,2]'), delta('', word)))
    expect(attempt.outcome).toEqual(answered)
  })

  test.each(
    [
      ...['LENGTH', 'MAX_TOKENS', 'max_tokens', 'FINISH_REASON_MAX_TOKENS', 'model_length', 'maxTokens', 'max-tokens'],
      ...['model_context_window_exceeded', 'ERROR_LIMIT', 'TOKEN_LIMIT', 'max_output_tokens', 'limit'],
    ].map((word) => [word]),
  )('takes %s for a cut', async (word) => {
    const { attempt } = await attemptWith(stream(delta('[1,2,{"a"'), delta('', word)))
    expect(attempt.outcome).toEqual({ ok: true, value: [1, 2], truncated: true })
  })

  test.each([
    ...[
      'CONTENT_FILTER',
      'content_filtered',
      'SAFETY',
      'guardrail_intervened',
      'ERROR_TOXIC',
      'sensitive',
      'refusal',
    ].map((word) => [word, 'refused']),
    ...['ERROR', 'abort', 'USER_CANCEL', 'network_error', 'insufficient_system_resource', 'TIMEOUT'].map((word) => [
      word,
      'upstream_error',
    ]),
    ...['tool_calls', 'because', 'OTHER', '__proto__', 'constructor'].map((word) => [word, 'malformed_response']),
  ])('fails for %s as %s', async (word, expected) => {
    const { attempt } = await attemptWith(stream(delta('[1,2]'), delta('', word)))
    expect(attempt.outcome).toMatchObject({ ok: false, class: expected })
  })

  test.each(['null', 'NOT_FINISHED', 'FINISH_REASON_UNSPECIFIED'])('goes on after %s', async (word) => {
    const { attempt } = await attemptWith(stream(delta('[1,', word), delta('2]', 'stop'), delta('', word)))
    expect(attempt.outcome).toEqual(answered)
    const cut = await attemptWith(stream(delta('[1,2]', word)))
    expect(cut.attempt.outcome).toMatchObject({ class: 'malformed_response' })
  })

  test('names an unknown word in the record of the failure', async () => {
    const { result } = await attemptWith(stream(delta('[1,2]', 'because')))
    expect(result.error?.message).toContain('because')
  })

  test('takes the more cautious one of finish reason and native finish reason', async () => {
    const ended = (finish: string, native: string): Reply =>
      replyWith(200, {
        choices: [{ message: { content: '[1,2,3' }, finish_reason: finish, native_finish_reason: native }],
      })
    expect((await attemptWith(ended('stop', 'MAX_TOKENS'))).attempt.outcome).toMatchObject({ truncated: true })
    expect((await attemptWith(ended('length', 'end_turn'))).attempt.outcome).toMatchObject({ truncated: true })
    expect((await attemptWith(ended('stop', 'safety'))).attempt.outcome).toMatchObject({ class: 'refused' })
  })
})

describe('makeAttempt, with content as blocks,', () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hmm [9]' }], closed: true }

  test.each<[string, Reply]>([
    [
      'of a stream with thinking',
      stream(
        frameOf({ content: [thinking] }),
        frameOf({ content: [{ type: 'text', text: '[1,' }] }),
        frameOf({ content: '2]' }),
        last,
      ),
    ],
    [
      'of a body with thinking, references and null',
      replyWith(
        200,
        completeBody(null, 'stop', {
          content: [thinking, null, { type: 'text', text: '[1,2]' }, { type: 'reference', reference_ids: [1] }],
        }),
      ),
    ],
    [
      'of a body with reasoning as text',
      replyWith(
        200,
        completeBody(null, 'stop', {
          content: [
            { type: 'reasoning', text: 'Hmm [9]' },
            { type: 'output_text', text: '[1,2]' },
          ],
        }),
      ),
    ],
    [
      'of which one is a plain string',
      replyWith(200, completeBody(null, 'stop', { content: ['[1,', { text: '2]' }] })),
    ],
    ['of which there is only one', stream(frameOf({ content: { type: 'text', text: '[1,2]' } }), last)],
  ])('returns the text %s', async (_, reply) => {
    expect((await attemptWith(reply)).attempt.outcome).toEqual(answered)
  })

  test('reports a refusal in a block', async () => {
    const content = [{ type: 'refusal', refusal: 'I cannot.' }]
    const { attempt } = await attemptWith(replyWith(200, completeBody(null, 'stop', { content })))
    expect(attempt.outcome).toMatchObject({ class: 'refused' })
  })
})

describe.concurrent('makeAttempt, while a model only thinks,', () => {
  /** Sends a frame at once and then every 100 ms for 1.5 s, then the answer. */
  const thinkingWith =
    (message: unknown): Reply =>
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(frameOf(message))
      const think = setInterval(() => response.write(frameOf(message)), 100)
      setTimeout(() => {
        clearInterval(think)
        response.end(delta('[1,2]', 'stop') + done)
      }, 1_500)
    }

  test.each<[string, unknown]>([
    ['reasoning', { reasoning: 'Hm' }],
    ['reasoning in an object', { content: '', reasoning: { content: 'Hm' } }],
    [
      'reasoning_details with text',
      { content: '', reasoning: null, reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] },
    ],
    ['reasoning_details with a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] }],
    ['reasoning_details that are encrypted', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'aGk=' }] }],
    ['reasoning_content', { role: 'assistant', content: null, reasoning_content: 'Hm' }],
    ['thinking_blocks', { thinking_blocks: [{ type: 'thinking', thinking: 'Hm', signature: '' }] }],
    ['content blocks with thinking', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }],
  ])('waits past the first-token limit for frames of %s', async (_, message) => {
    const { attempt, result } = await attemptWith(thinkingWith(message), {
      timeouts: { firstTokenMs: 1_000, gapMs: 1_000 },
    })
    expect(attempt.outcome).toEqual(answered)
    expect(result.firstTokenMs).toBeLessThan(1_000)
  })

  test('gives up on frames without anything in them', async () => {
    const { attempt } = await attemptWith(thinkingWith({ role: 'assistant', content: '', reasoning_details: [] }), {
      timeouts: { firstTokenMs: 1_000, gapMs: 1_000 },
    })
    expect(attempt.outcome).toMatchObject({ class: 'timeout' })
  })
})

describe('makeAttempt, with an error field in a good frame,', () => {
  const empty: [string, unknown][] = [
    ['{}', {}],
    ['[]', []],
    ['an empty string', ''],
    ['a blank string', '  '],
    ['false', false],
    ['0', 0],
    ['fields of null', { message: null, type: null, param: null, code: null }],
    ['empty fields', { message: '', code: '', metadata: {} }],
    ['a success code', { code: 200, message: 'OK' }],
    ['the word none', 'none'],
    ['a code of 0', { code: 0, message: 'success' }],
  ]
  test.each(empty)('returns the answer beside %s', async (_, error) => {
    const inFrames = stream(
      frameOf({ content: '[1,2]' }, { error }),
      frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', error }], error }),
      frame({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 }, error }),
    )
    expect((await attemptWith(inFrames)).attempt.outcome).toEqual(answered)
    const inBody = replyWith(200, { ...completeBody('[1,2]', 'stop'), error })
    expect((await attemptWith(inBody)).attempt.outcome).toEqual(answered)
  })

  test.each<[string, unknown]>([
    ['a message', { message: 'gone', code: null }],
    ['a code', { code: 500 }],
    ['a type', { type: 'overloaded' }],
    ['true', true],
  ])('fails for %s', async (_, error) => {
    const { attempt } = await attemptWith(stream(frameOf({ content: '[1,2]' }, { error }), last))
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'upstream_error' })
  })

  test('fails for an error that says nothing in a body that has nothing else', async () => {
    const { attempt } = await attemptWith(replyWith(200, { error: {} }))
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'upstream_error' })
  })

  test('fails for an error event of plain words', async () => {
    const { attempt } = await attemptWith(stream(delta('[1,2]', 'stop'), 'event: error\ndata: overloaded\n\n'))
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'upstream_error' })
  })
})
