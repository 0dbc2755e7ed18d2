import { describe, expect, test } from 'vitest'
import { askHarness, askOnce, succeed } from '../testing/ask-harness.ts'
import { attemptWith } from '../testing/scripted-attempt.ts'
import { type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'

const html = { 'content-type': 'text/html; charset=utf-8' }
const page = replyWith(200, '<!doctype html><title>Sign in to the network</title>', html)
const emptyBody = replyWith(200, '')

/** A page that never ends. */
const endlessPage: Reply = (response) => {
  response.writeHead(200, html).write('<html>')
  const flood = (): void => {
    while (!response.destroyed && response.write('<p>one more</p>'.repeat(10_000)));
    if (!response.destroyed) response.once('drain', flood)
  }
  flood()
}

describe('makeAttempt, for a status 200 whose body is no answer at all,', () => {
  test.each<[string, Reply]>([
    ['a page of HTML', page],
    ['a page of HTML after white space', replyWith(200, '\n\n  <html><body>Maintenance</body></html>', html)],
    ['a page of HTML that calls itself JSON', replyWith(200, '<html>')],
    ['a page of HTML that calls itself an event stream', replyStream(['<html>', '<p>Wait</p>'])],
    ['a page of HTML that never ends', endlessPage],
    ['XML', replyWith(200, '<?xml version="1.0"?><error/>', { 'content-type': 'text/xml' })],
    ['plain text', replyWith(200, 'Service starting', { 'content-type': 'text/plain' })],
    ['plain text in pieces', replyStream(['d', 'own for', ' maintenance\n\nBack soon.\n'])],
    ['plain text in brackets', replyWith(200, '[maintenance] Back soon.')],
    ['a JSON text', replyWith(200, '"ok"')],
    ['a JSON number', replyWith(200, '42')],
    ['JSON null', replyWith(200, 'null')],
    ['an empty list', replyWith(200, '[]')],
  ])('fails as an upstream_error that costs nothing: %s', async (_, reply) => {
    const { attempt, result } = await attemptWith(reply)
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'upstream_error' })
    expect(result).toMatchObject({
      outcome: 'upstream_error',
      httpStatus: 200,
      usage: { costUsd: '0', costSource: null },
      error: { message: 'a page or text in place of an answer' },
    })
  })

  test.each<[string, Reply]>([
    ['an empty body', emptyBody],
    ['white space', replyWith(200, ' \n\n ')],
    ['an event stream without a byte', replyStream([])],
    ['status 204', (response) => void response.writeHead(204).end()],
  ])('fails as an upstream_error whose cost is estimated, because the prompt may be billed: %s', async (_, reply) => {
    const { attempt, result } = await attemptWith(reply)
    expect(attempt.outcome).toMatchObject({ ok: false, class: 'upstream_error' })
    expect(result).toMatchObject({ usage: { costSource: 'estimate' }, error: { message: 'an empty body' } })
  })

  test('reads the wait that the headers of a page ask for', async () => {
    const { attempt } = await attemptWith(replyWith(200, '<h1>Busy</h1>', { ...html, 'retry-after': '7' }))
    expect(attempt.outcome).toMatchObject({ class: 'upstream_error', retryAfterMs: 7000 })
  })

  test('fails as a rate limit when the text says so, and records the text', async () => {
    const { attempt, result } = await attemptWith(replyWith(200, 'Too many requests', { 'content-type': 'text/plain' }))
    expect(attempt.outcome).toMatchObject({ class: 'rate_limited' })
    expect(result.error?.excerpt).toContain('Too many requests')
  })

  test.each<[string, Reply]>([
    ['comments alone', replyStream([': PROCESSING\n\n'])],
    ['half a JSON body', replyWith(200, '{"choices":[{"mess')],
    ['a completion without choices', replyWith(200, { id: 'gen-1', choices: [] })],
  ])('fails as malformed_response when the provider has worked on the request: %s', async (_, reply) => {
    expect((await attemptWith(reply)).attempt.outcome).toMatchObject({ class: 'malformed_response' })
  })
})

describe('makeAttempt, for a body that is interrupted before it is an answer,', () => {
  test.each(['', 'da', '<html>', '[{"er', 'Service st'])(
    'fails as network, and estimates the cost: %j',
    async (body) => {
      const cut: Reply = (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '1000' })
        response.write(body || ' ', () => setImmediate(() => response.destroy()))
      }
      const { result } = await attemptWith(cut)
      expect(result).toMatchObject({ outcome: 'network', usage: { costSource: 'estimate' } })
    },
  )

  test('fails as a timeout when the page stops to come', async () => {
    const { result } = await attemptWith(replyStream(['<html>'], 'hang'), { timeouts: { firstTokenMs: 50 } })
    expect(result).toMatchObject({ outcome: 'timeout', usage: { costSource: 'estimate' } })
  })
})

describe('ask, for a status 200 whose body is no answer at all,', () => {
  test.each([
    ['a page', page],
    ['an empty body', emptyBody],
  ])('asks another route at once, and the same one when there is no other: %s', async (_, reply) => {
    const other = await askOnce({ a: { script: [reply] }, b: { script: [succeed] } })
    expect(other).toMatchObject({ answer: { ok: true }, outcomes: ['a upstream_error', 'b ok'], pauses: [] })
    const same = await askOnce({ a: { script: [reply, succeed] } })
    expect(same).toMatchObject({ answer: { ok: true }, outcomes: ['a upstream_error', 'a ok'] })
  })

  test.each([
    ['a page', page],
    ['an empty body', emptyBody],
  ])('goes back to the queue, and uses up no unusable answer: %s', async (_, reply) => {
    const { answer, outcomes } = await askOnce({ a: { script: [reply] } }, { unusableBefore: 1 })
    expect(outcomes).toEqual(['a upstream_error', 'a upstream_error'])
    expect(answer).toMatchObject({ ok: false, failure: { class: 'upstream_error', retryable: true } })
  })

  test('lets the route rest after eight pages', async () => {
    await using harness = await askHarness({ a: { script: [page] } })
    for (let run = 0; run < 6; run++) await harness.run()
    expect(harness.received('a')).toBe(8)
    expect(harness.pool.healths()).toMatchObject([{ health: { state: 'open', reason: 'upstream_error' } }])
  })
})
