import { addMoney, costOfTokens } from '@recto/shared/money'
import { describe, expect, test } from 'vitest'
import { exampleRoute } from '../testing/example-route.ts'
import { attemptWith, ownKey, sourceText, stream, usage, whole } from '../testing/scripted-attempt.ts'
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

describe('the record of a call', () => {
  const good = stream(delta('[1]', 'stop', { usage }))

  test('is begun with the route, its key, and the most that it may be charged', async () => {
    const ceiling = { input_per_million: '30', output_per_million: '60' }
    const { started } = await attemptWith(good, { route: { ceiling }, hedge: true })
    const sent = Buffer.byteLength(sourceText + JSON.stringify({ name: 'x', schema: {} }))
    const most = addMoney(costOfTokens(Math.ceil(sent / 3) + 64, '30'), costOfTokens(100, '60'))
    expect(started).toMatchObject({ route: { provider: 'acme' }, keyFingerprint: ownKey().fingerprint, hedge: true })
    expect(started.reservedUsd).toBe(most)
  })

  test("has the provider's id as soon as the headers are there", async () => {
    const { log } = await attemptWith(
      replyStream([delta('[1]', 'stop'), done], 'end', { 'x-generation-id': 'gen-header' }),
    )
    expect(log).toEqual(['start', 'identify call-1 gen-header', 'finish call-1'])
  })

  test('has no id where the headers tell none', async () => {
    expect((await attemptWith(good)).log).toEqual(['start', 'finish call-1'])
  })

  test("costs by the route's price in dollars where the provider tells no cost", async () => {
    const counts = { prompt_tokens: 10, completion_tokens: 20 }
    const price = { input_per_million: '0.1725', output_per_million: '0.69' }
    const { result } = await attemptWith(stream(delta('[1]', 'stop', { usage: counts })), { route: { price } })
    expect(result.usage).toMatchObject({ costUsd: '0.000015525', costSource: 'price_list' })
  })

  test('is not waited for: the attempt is there before it is booked', async () => {
    await using provider = await scriptedProvider(good)
    const booking = Promise.withResolvers<void>()
    const attempt = await makeAttempt(
      { client: createClient({ baseURL: provider.baseURL }), key: ownKey(), route: exampleRoute(), hedge: false },
      {
        request: { messages: [], maxCompletionTokens: 1, temperature: 0 },
        recorder: { start: async () => 'call-1', identify: () => undefined, finish: () => booking.promise },
        parse: (text) => ({ ok: true, value: text }),
      },
      Date.now,
      new AbortController().signal,
    )
    expect(attempt.outcome).toMatchObject({ ok: true, value: '[1]' })
    booking.reject(new Error('the database is away'))
    await expect(attempt.recorded).rejects.toThrow('away')
  })
})
