import { describe, expect, test } from 'vitest'
import { attemptAt, attemptWith, completeBody } from '../testing/scripted-attempt.ts'
import {
  delta,
  done,
  frame,
  type Reply,
  replyStream,
  replyWith,
  scriptedProvider,
} from '../testing/scripted-provider.ts'

/** Sends frames of this message until the client hangs up. */
const floodOf =
  (message: unknown, onBytes: (bytes: number) => void): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const piece = frame({ choices: [{ index: 0, delta: message, finish_reason: null }] })
    const flood = (): void => {
      if (response.destroyed) return
      onBytes(piece.length)
      response.write(piece)
      setImmediate(flood)
    }
    flood()
  }

describe('makeAttempt, with an answer far above the token limit,', () => {
  test.each([
    ['text', { content: 'word '.repeat(100) }],
    ['thinking', { reasoning: 'word '.repeat(100) }],
    ['thinking in blocks', { content: [{ type: 'thinking', thinking: 'word '.repeat(100) }] }],
    ['a refusal', { refusal: 'word '.repeat(100) }],
  ])('cuts a stream of %s off, and estimates no more than was reserved', async (_, message) => {
    let sent = 0
    await using provider = await scriptedProvider(floodOf(message, (bytes) => (sent += bytes)))
    const { result, started } = await attemptAt(provider.baseURL)
    await provider.hungUp
    expect(result).toMatchObject({ outcome: 'malformed_response', usage: { costSource: 'estimate' } })
    expect(Number(result.usage.costUsd)).toBeLessThanOrEqual(Number(started.reservedUsd))
    expect(sent).toBeLessThan(1_000_000)
  })

  test('does not use a body of megabytes, and estimates no more than was reserved', async () => {
    const body = completeBody(JSON.stringify(['x'.repeat(3_900_000)]), 'stop')
    const { result, started } = await attemptWith(replyWith(200, { ...body, usage: undefined }))
    expect(result.outcome).toBe('malformed_response')
    expect(Number(result.usage.costUsd)).toBeLessThanOrEqual(Number(started.reservedUsd))
  })

  test('returns an answer of long tokens within the limit', async () => {
    const text = JSON.stringify(Array.from({ length: 100 }, (_, n) => `${'Wörter'.repeat(2)}${n}`))
    const { attempt } = await attemptWith(replyStream([delta(text, 'stop'), done]))
    expect(attempt.outcome).toMatchObject({ ok: true })
  })
})

describe('makeAttempt, with several usages in one stream,', () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, cost: 0.025 }

  test.each([
    ['empty', {}],
    ['of zeros', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 }],
    ['of nulls', { prompt_tokens: null, completion_tokens: null, cost: null }],
  ])('keeps the real one when the last one is %s', async (_, last) => {
    const pieces = [delta('[1]', 'stop'), frame({ choices: [], usage }), frame({ choices: [], usage: last }), done]
    const { result } = await attemptWith(replyStream(pieces))
    expect(result.usage).toMatchObject({ tokensInput: 1000, tokensOutput: 100, costUsd: '0.025' })
  })

  test('takes the last of growing counts', async () => {
    const growing = [1, 2, 3].map((n) =>
      delta(n === 3 ? '[1]' : '', null, { usage: { ...usage, completion_tokens: n } }),
    )
    const { result } = await attemptWith(replyStream([...growing, delta('', 'stop'), done]))
    expect(result.usage).toMatchObject({ tokensOutput: 3 })
  })

  test('returns the answer, at an estimated cost, of a server that counts nothing', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const { attempt, result } = await attemptWith(replyStream([delta('[1]', 'stop', { usage: zeros }), done]))
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
    expect(result.usage.costSource).toBe('estimate')
    expect(Number(result.usage.costUsd)).toBeGreaterThan(0)
  })
})
