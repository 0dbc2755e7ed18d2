import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { attemptAt, attemptWith, sourceText, stream, usage, whole } from '../testing/scripted-attempt.ts'
import { delta, frame, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

describe('what is no answer', () => {
  const upstream = { message: 'Provider returned error', code: 429, metadata: { provider_name: 'Acme' } }
  const errorFinish = {
    choices: [
      { index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' },
    ],
  }

  test.each<[string, Reply, string]>([
    ['an error in a 200', replyWith(200, { choices: null, error: upstream }), 'rate_limited_upstream'],
    [
      'an error of the choice',
      replyWith(200, { choices: [{ index: 0, message: null, error: upstream }] }),
      'rate_limited_upstream',
    ],
    [
      'an error frame',
      stream(delta('[1'), frame({ error: upstream, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] })),
      'rate_limited_upstream',
    ],
    ['an event named error', stream('event: error\ndata: {"message":"x","code":503}\n\n'), 'upstream_error'],
    ['a flat error frame', stream(frame({ object: 'error', message: 'x', code: 400 })), 'invalid_request'],
    ['a bare finish "error"', stream(delta('[1'), frame(errorFinish)), 'upstream_error'],
    [
      'a page of HTML',
      replyWith(200, '<!doctype html><p>Welcome', { 'content-type': 'text/html' }),
      'malformed_response',
    ],
    ['half a body', replyWith(200, '{"id":"gen-test-1","choices":[{"mess'), 'malformed_response'],
    ['no body', replyWith(200, ''), 'malformed_response'],
    ['no choices', replyWith(200, { choices: [] }), 'malformed_response'],
    ['a malformed frame', stream(delta('[1,'), 'data: {"cho\n\n', delta('2]', 'stop')), 'malformed_response'],
    ['a stream cut without a finish', replyStream([delta('[1,2]')]), 'malformed_response'],
    [
      'thoughts alone',
      stream(frame({ choices: [{ index: 0, delta: { reasoning: 'Hm.' }, finish_reason: 'stop' }] })),
      'malformed_response',
    ],
    [
      'text of no tokens',
      replyWith(200, { ...whole('[1]', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 0 } }),
      'malformed_response',
    ],
    ['text that does not parse', stream(delta('Sure! Here are your cards.', 'stop')), 'malformed_response'],
    ['a cut text that cannot be saved', stream(delta('{"', 'length')), 'truncated'],
    ['thoughts up to the limit', stream(delta('', 'length')), 'truncated'],
    ['a refusal', replyWith(200, whole(null, 'stop', { refusal: 'I cannot.' })), 'refused'],
    [
      'a refusal streamed',
      stream(frame({ choices: [{ index: 0, delta: { refusal: 'No.' }, finish_reason: 'stop' }] })),
      'refused',
    ],
    ['a filter', stream(delta('', 'content_filter')), 'refused'],
    [
      'a filter in its own words',
      replyWith(200, {
        choices: [
          { index: 0, message: { content: '' }, finish_reason: 'stop', native_finish_reason: 'PROHIBITED_CONTENT' },
        ],
      }),
      'refused',
    ],
    ['a connection reset', (response) => response.destroy(), 'network'],
    ['a stream reset', replyStream([delta('[1,2')], 'cut'), 'network'],
  ])('%s', async (_, reply, expected) => {
    const { attempt, result, log } = await attemptWith(reply)
    expect(attempt.outcome).toMatchObject({ ok: false, class: expected })
    expect(result.outcome).toBe(expected)
    expect(result.error?.message).toBeTruthy()
    expect(log).toEqual(['start', 'finish call-1'])
  })

  test('an address where nobody listens', async () => {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await new Promise((closed) => server.close(closed))
    const { result } = await attemptAt(`http://127.0.0.1:${port}/v1`)
    expect(result).toMatchObject({ outcome: 'network', httpStatus: null, usage: { costUsd: '0', costSource: null } })
  })

  test('a refused request costs nothing, and its record holds no prompt and no key', async () => {
    const body = {
      error: {
        message: `bad input '${sourceText}' for sk-own-123456`,
        code: 403,
        metadata: { reasons: ['x'], flagged_input: sourceText },
      },
    }
    const { result } = await attemptWith(replyWith(403, body, { 'x-request-id': 'req-1' }))
    expect(result).toMatchObject({
      outcome: 'content_blocked',
      httpStatus: 403,
      providerRequestId: 'req-1',
      usage: { costUsd: '0', costSource: null, tokensInput: null },
    })
    expect(JSON.stringify(result)).toContain('bad input')
    expect(JSON.stringify(result)).not.toMatch(/long text|sk-own/)
  })

  test('content that was paid for is recorded with its cost though it is of no use', async () => {
    const { result } = await attemptWith(stream(delta('no JSON', 'stop', { usage })))
    expect(result).toMatchObject({
      outcome: 'malformed_response',
      usage: { costUsd: '0.0000126', costSource: 'provider' },
    })
  })

  test('names that no column takes are cleaned', async () => {
    const names = { id: 'gen-\u0000'.padEnd(5000, 'x'), model: 'm\ud800' }
    const { result } = await attemptWith(replyWith(200, { ...whole('[1]', 'stop'), ...names }))
    expect(result.providerRequestId).toBe('gen- '.padEnd(200, 'x'))
    expect(result.modelServed).toBe('m\ufffd')
  })

  test('an answer without end is given up before it fills the memory', async () => {
    const { result } = await attemptWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const flood = (): void => {
        while (!response.destroyed && response.write(delta('x'.repeat(60_000))));
        if (!response.destroyed) response.once('drain', flood)
      }
      flood()
    })
    expect(result.outcome).toBe('malformed_response')
  })
})
