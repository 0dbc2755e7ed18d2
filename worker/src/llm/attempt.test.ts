import { addMoney, costOfTokens } from '@recto/shared/money'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import { exampleRoute } from '../testing/example-route.ts'
import {
  attemptAt,
  attemptWith,
  completeBody,
  exampleKey,
  sourceText,
  stream,
  usage,
} from '../testing/scripted-attempt.ts'
import {
  delta,
  done,
  frame,
  type Reply,
  replyStream,
  replyWith,
  scriptedProvider,
} from '../testing/scripted-provider.ts'
import { makeAttempt } from './attempt.ts'
import { createClient } from './wire/client.ts'

const Sent = z.object({ max_completion_tokens: z.int() })

describe('makeAttempt with an answer', () => {
  const lastUsage = delta('', 'stop', { usage })

  test.each<[string, Reply]>([
    ['a stream', stream(delta('[1,'), delta('2]', 'stop'), lastUsage)],
    [
      'a stream with CRLF line ends and comments',
      (response) => {
        const text = [': PROCESSING\n\n', delta('[1,'), ': PROCESSING\n\n', delta('2]', 'stop'), lastUsage, done].join(
          '',
        )
        stream(text.replaceAll('\n', '\r\n'))(response)
      },
    ],
    [
      'a stream with the usage in a frame without choices',
      stream(delta('[1,2]', 'stop'), frame({ choices: [], usage })),
    ],
    ['a stream without [DONE]', replyStream([delta('[1,2]', 'stop'), lastUsage])],
    ['one JSON body', replyWith(200, completeBody('[1,2]', 'stop'))],
    ['one JSON body after white space', replyWith(200, `\n\n   \n${JSON.stringify(completeBody('[1,2]', 'stop'))}`)],
    [
      'one JSON body with the content type of a stream',
      replyWith(200, completeBody('[1,2]', 'stop'), { 'content-type': 'text/event-stream' }),
    ],
    [
      'a stream with the content type of JSON',
      replyStream([delta('[1,2]', 'stop'), lastUsage, done], 'end', { 'content-type': 'application/json' }),
    ],
    ['a stream whose text is in a code fence', stream(delta('```json\n[1,2]\n```', 'stop'), lastUsage)],
  ])('returns and records the answer from %s', async (_, reply) => {
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

  test("reserves and sends the answer's limit and room for what the model thinks", async () => {
    const limitSent = async (thinkingTokens: number) => {
      await using provider = await scriptedProvider(stream(delta('[1]', 'stop'), lastUsage))
      const { started } = await attemptAt(provider.baseURL, { route: { thinkingTokens } })
      const sent = Sent.parse(JSON.parse(provider.received[0]?.body ?? ''))
      return { limit: sent.max_completion_tokens, reserved: Number(started.reservedUsd) }
    }
    const [plain, thinking] = [await limitSent(0), await limitSent(4000)]
    expect([plain.limit, thinking.limit]).toEqual([100, 4100])
    const perToken = Number(exampleRoute().price.output_per_million) / 1e6
    expect(thinking.reserved - plain.reserved).toBeCloseTo(4000 * perToken, 9)
  })

  test('keeps characters intact whose bytes arrive in different chunks', async () => {
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

  test('measures the time to the first token by reasoning tokens, and not by comments', async () => {
    const reasoning = frame({ choices: [{ index: 0, delta: { content: '', reasoning: 'Hm.' }, finish_reason: null }] })
    const { result } = await attemptWith(stream(': PROCESSING\n\n', reasoning, delta('[]', 'stop')))
    expect(result.firstTokenMs).toBeGreaterThanOrEqual(0)
    expect((await attemptWith(replyStream([': PROCESSING\n\n']))).result.firstTokenMs).toBeNull()
  })

  test('returns what the parser can use of an answer that was cut off at the token limit, marked as truncated', async () => {
    const { attempt, result } = await attemptWith(stream(delta('[1,2,{"a"', 'length', { usage })))
    expect(attempt.outcome).toEqual({ ok: true, value: [1, 2], truncated: true })
    expect(result.outcome).toBe('ok')
  })

  test('returns the answer with an estimated cost when the connection breaks after the finish reason', async () => {
    const { attempt, result } = await attemptWith(replyStream([delta('[1,2]', 'stop')], 'cut'))
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1, 2] })
    expect(result.usage.costSource).toBe('estimate')
  })
})

describe('makeAttempt and its call recorder', () => {
  const good = stream(delta('[1]', 'stop', { usage }))

  test('starts the record with the route, the key and the highest possible cost', async () => {
    const maxPrice = { input_per_million: '30', output_per_million: '60' }
    const { started } = await attemptWith(good, { route: { maxPrice }, hedge: true })
    const schema = Math.ceil(Buffer.byteLength(JSON.stringify({ name: 'x', schema: {} })) / 3)
    const read = schema + Buffer.byteLength(sourceText) + 64
    const highestCost = addMoney(costOfTokens(read, '30'), costOfTokens(100, '60'))
    expect(started).toMatchObject({
      route: { provider: 'acme' },
      keyFingerprint: exampleKey().fingerprint,
      hedge: true,
    })
    expect(started.reservedUsd).toBe(highestCost)
  })

  test("reports the provider's request id before the answer ends when the headers contain it", async () => {
    const { log } = await attemptWith(
      replyStream([delta('[1]', 'stop'), done], 'end', { 'x-generation-id': 'gen-header' }),
    )
    expect(log).toEqual(['start', 'identify call-1 gen-header', 'finish call-1'])
  })

  test('reports no request id when the headers contain none', async () => {
    expect((await attemptWith(good)).log).toEqual(['start', 'finish call-1'])
  })

  test("records the cost by the route's price in USD when the provider reports no cost", async () => {
    const counts = { prompt_tokens: 10, completion_tokens: 20 }
    const price = { input_per_million: '0.1725', output_per_million: '0.69' }
    const { result } = await attemptWith(stream(delta('[1]', 'stop', { usage: counts })), { route: { price } })
    expect(result.usage).toMatchObject({ costUsd: '0.000015525', costSource: 'price_list' })
  })

  test('returns the attempt before its result is recorded', async () => {
    await using provider = await scriptedProvider(good)
    const recording = Promise.withResolvers<void>()
    const attempt = await makeAttempt(
      {
        client: createClient({ baseURL: provider.baseURL }),
        key: exampleKey(),
        route: exampleRoute(),
        hedge: false,
        mayLeave: () => true,
      },
      {
        request: { messages: [], maxCompletionTokens: 1, temperature: 0 },
        recorder: {
          start: async () => 'call-1',
          identify: () => undefined,
          progress: () => undefined,
          finish: () => recording.promise,
        },
        parse: (text) => ({ ok: true, value: text }),
      },
      systemClock,
      new AbortController().signal,
    )
    expect(attempt.outcome).toMatchObject({ ok: true, value: '[1]' })
    recording.reject(new Error('the database is away'))
    await expect(attempt.recorded).rejects.toThrow('away')
  })
})
