import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Attempt, makeAttempt } from './attempt.ts'
import { createClient } from './client.ts'
import type { Timeouts } from './patience.ts'
import type { CallJournal, CallResult, ParseContent } from './request.ts'
import { delta, done, frame, price, type Reply, replyStream, replyWith, scriptedProvider } from './scripted-provider.ts'

const route = { provider: 'acme', model: 'acme/m' }
const sourceText = 'A long text of a person, of which nothing may stand in any record of an error.'
const patient: Timeouts = { firstTokenMs: 10_000, gapMs: 10_000, totalMs: 10_000 }

const parse: ParseContent<unknown> = (content, finish) => {
  try {
    return { ok: true, value: JSON.parse(finish === 'length' ? content.replace(/,[^,]*$/, ']') : content) }
  } catch {
    return { ok: false, message: 'not the JSON that was asked for' }
  }
}

type Options = { timeouts?: Partial<Timeouts>; signal?: AbortSignal; onStart?: () => void }
type Recorded = { attempt: Attempt<unknown>; result: CallResult; log: string[] }

const attemptAt = async (baseURL: string, { timeouts, signal, onStart }: Options = {}): Promise<Recorded> => {
  const log: string[] = []
  const results: CallResult[] = []
  const journal: CallJournal = {
    start: async () => {
      log.push('start')
      onStart?.()
      return 'call-1'
    },
    finish: async (id, result) => {
      log.push(`finish ${id}`)
      results.push(result)
    },
  }
  const attempt = await makeAttempt(
    {
      client: createClient({ baseURL, apiKey: 'sk-own' }),
      price,
      timeouts: { ...patient, ...timeouts },
      now: Date.now,
    },
    {
      request: {
        messages: [{ role: 'user', content: sourceText }],
        schema: { name: 'x', schema: {} },
        maxCompletionTokens: 100,
        temperature: 0,
      },
      route,
      journal,
      parse,
    },
    signal ?? new AbortController().signal,
  )
  const [result] = results
  if (!result) throw new Error('the call was not recorded')
  return { attempt, result, log }
}

const attemptWith = async (reply: Reply, options: Options = {}): Promise<Recorded> => {
  await using provider = await scriptedProvider(reply)
  return await attemptAt(provider.baseURL, options)
}

const usage = { prompt_tokens: 37, completion_tokens: 8, cost: 0.0000126 }
const whole = (content: string | null, finish: string | null, more: Record<string, unknown> = {}) => ({
  id: 'gen-test-1',
  model: 'acme/served-1',
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: finish }],
  usage,
})
const stream = (...pieces: string[]) => replyStream([...pieces, done])

describe('an answer', () => {
  const lastUsage = delta('', 'stop', { usage })

  test.each<[string, Reply]>([
    ['streamed', stream(delta('[1,'), delta('2]', 'stop'), lastUsage)],
    [
      'streamed with CRLF and comments',
      (response) => {
        const text = [': PROCESSING\n\n', delta('[1,'), ': PROCESSING\n\n', delta('2]', 'stop'), lastUsage, done].join(
          '',
        )
        stream(text.replaceAll('\n', '\r\n'))(response)
      },
    ],
    ['streamed, its usage in a frame without choices', stream(delta('[1,2]', 'stop'), frame({ choices: [], usage }))],
    ['streamed without [DONE]', replyStream([delta('[1,2]', 'stop'), lastUsage])],
    ['in one body', replyWith(200, whole('[1,2]', 'stop'))],
    ['in one body, padded', replyWith(200, `\n\n   \n${JSON.stringify(whole('[1,2]', 'stop'))}`)],
    [
      'in one body that claims to be a stream',
      replyWith(200, whole('[1,2]', 'stop'), { 'content-type': 'text/event-stream' }),
    ],
    [
      'streamed, claiming to be JSON',
      replyStream([delta('[1,2]', 'stop'), lastUsage, done], 'end', { 'content-type': 'application/json' }),
    ],
    ['in a fence', stream(delta('```json\n[1,2]\n```', 'stop'), lastUsage)],
  ])('%s', async (_, reply) => {
    const { attempt, result, log } = await attemptWith(reply)
    expect(attempt.outcome).toEqual({ ok: true, value: [1, 2], truncated: false })
    expect(log).toEqual(['start', 'finish call-1'])
    expect(result).toMatchObject({
      outcome: 'ok',
      httpStatus: 200,
      providerRequestId: 'gen-test-1',
      modelServed: 'acme/served-1',
      usage: { tokensInput: 37, tokensOutput: 8, costUsd: '0.0000126', costSource: 'provider' },
      error: null,
    })
  })

  test('letters cut between two chunks stay whole', async () => {
    const bytes = Buffer.from(delta('["zażółć 漢字 🎴"]', 'stop') + done)
    const { attempt } = await attemptWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const next = (at: number): void => {
        if (at >= bytes.length) return void response.end()
        response.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1))
      }
      next(0)
    })
    expect(attempt.outcome).toMatchObject({ ok: true, value: ['zażółć 漢字 🎴'] })
  })

  test('the time of the first token counts thoughts and no comment', async () => {
    const thinking = frame({ choices: [{ index: 0, delta: { content: '', reasoning: 'Hm.' }, finish_reason: null }] })
    const { result } = await attemptWith(stream(': PROCESSING\n\n', thinking, delta('[]', 'stop')))
    expect(result.firstTokenMs).toBeGreaterThanOrEqual(0)
    expect((await attemptWith(replyStream([': PROCESSING\n\n']))).result.firstTokenMs).toBeNull()
  })

  test('cut at the token limit, it may be saved by the parser, and says so', async () => {
    const { attempt, result } = await attemptWith(stream(delta('[1,2,{"a"', 'length', { usage })))
    expect(attempt.outcome).toEqual({ ok: true, value: [1, 2], truncated: true })
    expect(result.outcome).toBe('ok')
  })

  test('whose connection breaks after the finish is complete; its cost is an estimate', async () => {
    const { attempt, result } = await attemptWith(replyStream([delta('[1,2]', 'stop')], 'cut'))
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1, 2] })
    expect(result.usage.costSource).toBe('estimate')
  })
})

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

describe('patience', () => {
  const keepAlive: Reply = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const ping = setInterval(() => response.write(': PROCESSING\n\n'), 5)
    response.on('close', () => clearInterval(ping))
  }
  const chatter: Reply = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const talk = setInterval(() => response.write(delta('x')), 5)
    response.on('close', () => clearInterval(talk))
  }

  test.each<[string, Reply, Partial<Timeouts>, string, string | null]>([
    ['no headers', () => undefined, { firstTokenMs: 40 }, 'first_token', null],
    ['keep-alive comments are no token', keepAlive, { firstTokenMs: 40 }, 'first_token', null],
    ['a stall after tokens', replyStream([delta('[1')], 'hang'), { gapMs: 40 }, 'gap', 'estimate'],
    ['tokens for ever', chatter, { totalMs: 600, gapMs: 500 }, 'total', 'estimate'],
    [
      'a body that never ends',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      { totalMs: 600 },
      'total',
      'estimate',
    ],
    [
      'an error body that never ends',
      (response) => response.writeHead(500).write('{'),
      { firstTokenMs: 40 },
      'first_token',
      null,
    ],
  ])('%s', async (_, reply, timeouts, which, costSource) => {
    await using provider = await scriptedProvider(reply)
    const { attempt, result } = await attemptAt(provider.baseURL, { timeouts })
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'timeout' })
    expect(result.error?.message).toContain(which)
    expect(result.usage.costSource).toBe(costSource)
    await provider.hungUp
  })

  test('a JSON body is waited for beyond the first-token deadline', async () => {
    const { attempt } = await attemptWith(
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('   \n')
        setTimeout(() => response.end(JSON.stringify(whole('[1]', 'stop'))), 600)
      },
      { timeouts: { firstTokenMs: 400, gapMs: 10 } },
    )
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
  })

  test('silence after the finish costs the token counts, not the answer', async () => {
    const { attempt } = await attemptWith(replyStream([delta('[1]', 'stop')], 'hang'), { timeouts: { gapMs: 40 } })
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
  })

  test('[DONE] ends the answer though the connection stays open', async () => {
    const { attempt } = await attemptWith(replyStream([delta('[1]', 'stop'), done], 'hang'))
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
    expect(attempt.latencyMs).toBeLessThan(1000)
  })
})

describe('an abort', () => {
  test('hangs up at once, and is recorded with an estimate of what was produced', async () => {
    const stop = new AbortController()
    await using provider = await scriptedProvider((response) => {
      replyStream([delta('[1,2,3')], 'hang')(response)
      setTimeout(() => stop.abort(), 200)
    })
    const { attempt, result, log } = await attemptAt(provider.baseURL, { signal: stop.signal })
    await provider.hungUp
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'aborted' })
    expect(result).toMatchObject({ outcome: 'aborted', usage: { costSource: 'estimate' } })
    expect(attempt.latencyMs).toBeLessThan(1000)
    expect(log).toEqual(['start', 'finish call-1'])
  })

  test('while the call is being recorded, lets no request leave', async () => {
    const stop = new AbortController()
    await using provider = await scriptedProvider(replyWith(200, whole('[1]', 'stop')))
    const { result } = await attemptAt(provider.baseURL, { signal: stop.signal, onStart: () => stop.abort() })
    expect(result).toMatchObject({ outcome: 'aborted', usage: { costUsd: '0' } })
    expect(provider.received).toEqual([])
  })
})
