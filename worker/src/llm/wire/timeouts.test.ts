import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CONNECTION_DRAIN_MS } from '../../deadlines.ts'
import { leastOf } from '../../testing/longest-turn.ts'
import { attemptAt, attemptWith, completeBody } from '../../testing/scripted-attempt.ts'
import { delta, done, type Reply, replyStream, replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import { startTimeouts, type Timeouts, usualTimeouts } from './timeouts.ts'

// These tests wait for real timers, so they run concurrently.
describe.concurrent('makeAttempt and the deadlines of a request', () => {
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
    ['without headers', () => undefined, { firstTokenMs: 300 }, 'first_token', 'estimate'],
    ['with keep-alive comments only', keepAlive, { firstTokenMs: 300 }, 'first_token', 'estimate'],
    ['that stalls after its first token', replyStream([delta('[1')], 'hang'), { gapMs: 40 }, 'gap', 'estimate'],
    ['with endless tokens', chatter, { totalMs: 2_000, gapMs: 1_500 }, 'total', 'estimate'],
    [
      'with an endless JSON body',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      { totalMs: 600 },
      'total',
      'estimate',
    ],
  ])(
    'a response %s times out by the deadline $3, and its cost is recorded',
    async (_, reply, timeouts, reason, costSource) => {
      await using provider = await scriptedProvider(reply)
      const { attempt, result } = await attemptAt(provider.baseURL, { timeouts })
      expect(attempt.outcome).toMatchObject({ ok: false, class: 'timeout' })
      expect(result.error?.message).toContain(reason)
      expect(result.usage.costSource).toBe(costSource)
      await provider.hungUp
    },
  )

  test.each([
    [401, 'auth', null],
    [429, 'rate_limited', 7_000],
    [500, 'upstream_error', 7_000],
  ])('a %i whose body never ends is the error that its status says, and its wait is kept', async (...expected) => {
    const [status, failure, retryAfterMs] = expected
    const headers = retryAfterMs === null ? {} : { 'retry-after': '7' }
    await using provider = await scriptedProvider((response) => response.writeHead(status, headers).write('{'))
    const { attempt, result } = await attemptAt(provider.baseURL, { timeouts: { firstTokenMs: 300 } })
    expect(attempt.outcome).toMatchObject({ ok: false, class: failure, retryAfterMs })
    expect(result).toMatchObject({ httpStatus: status, usage: { costUsd: '0', costSource: null } })
    await provider.hungUp
  })

  test('the first-token deadline does not apply to a JSON body', async () => {
    const { attempt } = await attemptWith(
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('   \n')
        setTimeout(() => response.end(JSON.stringify(completeBody('[1]', 'stop'))), 1_500)
      },
      { timeouts: { firstTokenMs: 1_000, gapMs: 10 } },
    )
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
  })

  test('silence after the finish reason only loses the token counts, not the answer', async () => {
    const { attempt } = await attemptWith(replyStream([delta('[1]', 'stop')], 'hang'), { timeouts: { gapMs: 40 } })
    expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
  })

  test('[DONE] ends the answer even when the connection stays open', async () => {
    const latency = async () => {
      const { attempt } = await attemptWith(replyStream([delta('[1]', 'stop'), done], 'hang'))
      expect(attempt.outcome).toMatchObject({ ok: true, value: [1] })
      return attempt.latencyMs
    }
    expect(await leastOf(CONNECTION_DRAIN_MS, latency)).toBeLessThan(CONNECTION_DRAIN_MS)
  })
})

describe('makeAttempt with an abort', () => {
  test('closes the connection at once, and records an estimated cost', async () => {
    const stop = new AbortController()
    await using provider = await scriptedProvider((response) => {
      replyStream([delta('[1,2,3')], 'hang')(response)
      setTimeout(() => stop.abort(), 200)
    })
    const { attempt, result, log } = await attemptAt(provider.baseURL, { signal: stop.signal })
    await provider.hungUp
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'aborted' })
    expect(result).toMatchObject({ outcome: 'aborted', usage: { costSource: 'estimate' } })
    // Without the abort, the silence would end it after 10 s.
    expect(attempt.latencyMs).toBeLessThan(5_000)
    expect(log).toEqual(['start', 'finish call-1'])
  })

  test('sends no request when the abort comes while the call is being recorded', async () => {
    const stop = new AbortController()
    await using provider = await scriptedProvider(replyWith(200, completeBody('[1]', 'stop')))
    const { result } = await attemptAt(provider.baseURL, { signal: stop.signal, onStart: () => stop.abort() })
    expect(result).toMatchObject({ outcome: 'aborted', usage: { costUsd: '0' } })
    expect(provider.received).toEqual([])
  })
})

describe('the deadline of an answer in one piece', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  test.each([
    ['30 s by default', usualTimeouts, 30_000],
    ['30 s when the first token has less', { ...usualTimeouts, firstTokenMs: 8_000 }, 30_000],
    ['that of the first token when it is longer', { ...usualTimeouts, firstTokenMs: 50_000 }, 50_000],
  ])('is %s, counted from the request', (_, timeouts, expected) => {
    const running = startTimeouts(timeouts, new AbortController().signal)
    vi.advanceTimersByTime(5_000)
    running.expectSingleBody()
    vi.advanceTimersByTime(expected - 5_001)
    expect(running.timeoutReason()).toBeNull()
    vi.advanceTimersByTime(1)
    expect(running.timeoutReason()).toBe('single_body')
  })
})
