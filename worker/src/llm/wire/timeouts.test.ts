import { describe, expect, test } from 'vitest'
import { attemptAt, attemptWith, whole } from '../../testing/scripted-attempt.ts'
import { delta, done, type Reply, replyStream, replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import type { Timeouts } from './timeouts.ts'

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
    ['no headers', () => undefined, { firstTokenMs: 300 }, 'first_token', 'estimate'],
    ['keep-alive comments are no token', keepAlive, { firstTokenMs: 300 }, 'first_token', 'estimate'],
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
      { firstTokenMs: 300 },
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
