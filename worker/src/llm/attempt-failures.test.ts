import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { attemptAt, attemptWith, completeBody, sourceText, stream, usage } from '../testing/scripted-attempt.ts'
import { delta, frame, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

describe('makeAttempt without an answer', () => {
  const upstream = { message: 'Provider returned error', code: 429, metadata: { provider_name: 'Acme' } }
  const errorFinish = {
    choices: [
      { index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' },
    ],
  }

  test.each<[string, Reply, string]>([
    ['an error in a status 200', replyWith(200, { choices: null, error: upstream }), 'rate_limited_upstream'],
    [
      'an error in the choice',
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
    ['a finish reason "error" without an error', stream(delta('[1'), frame(errorFinish)), 'upstream_error'],
    ['a page of HTML', replyWith(200, '<!doctype html><p>Welcome', { 'content-type': 'text/html' }), 'upstream_error'],
    ['half a JSON body', replyWith(200, '{"id":"gen-test-1","choices":[{"mess'), 'malformed_response'],
    ['an empty body', replyWith(200, ''), 'upstream_error'],
    ['no choices', replyWith(200, { choices: [] }), 'malformed_response'],
    ['a frame that is not JSON', stream(delta('[1,'), 'data: {"cho\n\n', delta('2]', 'stop')), 'malformed_response'],
    ['a stream that ends without a finish reason', replyStream([delta('[1,2]')]), 'malformed_response'],
    [
      'reasoning without an answer',
      stream(frame({ choices: [{ index: 0, delta: { reasoning: 'Hm.' }, finish_reason: 'stop' }] })),
      'malformed_response',
    ],
    [
      'text with a token count of zero',
      replyWith(200, { ...completeBody('[1]', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 0 } }),
      'malformed_response',
    ],
    ['text that does not parse', stream(delta('Sure! Here are your cards.', 'stop')), 'malformed_response'],
    ['a cut-off text that does not parse', stream(delta('{"', 'length')), 'truncated'],
    ['no text at the token limit', stream(delta('', 'length')), 'truncated'],
    ['a refusal', replyWith(200, completeBody(null, 'stop', { refusal: 'I cannot.' })), 'refused'],
    [
      'a refusal in a stream',
      stream(frame({ choices: [{ index: 0, delta: { refusal: 'No.' }, finish_reason: 'stop' }] })),
      'refused',
    ],
    ['a content filter', stream(delta('', 'content_filter')), 'refused'],
    [
      'a content filter that only the native finish reason names',
      replyWith(200, {
        choices: [
          { index: 0, message: { content: '' }, finish_reason: 'stop', native_finish_reason: 'PROHIBITED_CONTENT' },
        ],
      }),
      'refused',
    ],
    ['a connection reset before the headers', (response) => response.destroy(), 'network'],
    ['a connection reset within the stream', replyStream([delta('[1,2')], 'cut'), 'network'],
  ])('fails and records $2 for %s', async (_, reply, expected) => {
    const { attempt, result, log } = await attemptWith(reply)
    expect(attempt.outcome).toMatchObject({ ok: false, class: expected })
    expect(result.outcome).toBe(expected)
    expect(result.error?.message).toBeTruthy()
    expect(log).toEqual(['start', 'finish call-1'])
  })

  test('fails as a network error that costs nothing when no server listens at the address', async () => {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await new Promise((closed) => server.close(closed))
    const { result } = await attemptAt(`http://127.0.0.1:${port}/v1`)
    expect(result).toMatchObject({ outcome: 'network', httpStatus: null, usage: { costUsd: '0', costSource: null } })
  })

  test('records an error response without cost, and without the prompt and the key that it quotes', async () => {
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

  test('records the cost of an answer that does not parse', async () => {
    const { result } = await attemptWith(stream(delta('no JSON', 'stop', { usage })))
    expect(result).toMatchObject({
      outcome: 'malformed_response',
      usage: { costUsd: '0.0000126', costSource: 'provider' },
    })
  })

  test('cleans ids and model names that Postgres would reject', async () => {
    const names = { id: 'gen-\u0000'.padEnd(5000, 'x'), model: 'm\ud800' }
    const { result } = await attemptWith(replyWith(200, { ...completeBody('[1]', 'stop'), ...names }))
    expect(result.providerRequestId).toBe('gen- '.padEnd(200, 'x'))
    expect(result.modelServed).toBe('m\ufffd')
  })

  test('stops reading an endless answer before it fills the memory', async () => {
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
