import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import type { Script } from './script.ts'
import { startModelServer } from './server.ts'

const server = await startModelServer()
afterAll(() => server.stop())
beforeEach(() => server.clearRequests())

const text = `Halley's Comet returns about every 76 years. It was last seen in 1986. Edmond Halley computed its orbit in 1705.`

const ask = (script: Script, stream = true, signal?: AbortSignal) => {
  server.setScript(script)
  return fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: text }] }),
    ...(signal ? { signal } : {}),
  })
}

const settled = (count = 1) =>
  vi.waitFor(() => {
    const ended = server.requests.filter(({ finishedAt }) => finishedAt !== null)
    expect(ended).toHaveLength(count)
    return ended
  }, 20_000)

const contents = (body: string) =>
  [...body.matchAll(/^data: (\{.*\})$/gmu)]
    .map(([, json]) => JSON.parse(json ?? ''))
    .map(({ choices }) => choices[0].delta.content ?? '')
    .join('')

test.each([
  ['an object', { error: { code: 429, message: 'slow' } }, '{"error":{"code":429,"message":"slow"}}'],
  ['an array', [{ error: { code: 429 } }], '[{"error":{"code":429}}]'],
  ['an HTML page', '<html>busy</html>', '<html>busy</html>'],
  ['padded JSON', '\n   \n {"error":null}', '\n   \n {"error":null}'],
])(
  'the model server sends a scripted body that is %s unchanged, with its status and headers, and charges nothing',
  async (_, body, sent) => {
    const response = await ask([{ status: 429, body, headers: { 'retry-after': '7', 'content-type': 'text/x' } }])
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('content-type')).toBe('text/x')
    expect(await response.text()).toBe(sent)
    await settled()
    expect(server.totals()).toMatchObject({ completed: 1, chargedUsd: '0' })
  },
)

test('the model server sends content, fence, truncation, refusal and reasoning as scripted', async () => {
  const answer = async (step: object) => {
    const { choices } = JSON.parse(await (await ask([step], false)).text())
    return [choices[0].finish_reason, choices[0].message.content]
  }
  expect(await answer({ content: '[]' })).toEqual(['stop', '[]'])
  expect(await answer({ content: '{}', fence: true })).toEqual(['stop', '```json\n{}\n```'])
  expect(await answer({ content: '😀😀😀', truncate_at: 2 })).toEqual(['length', '😀😀'])
  expect(await answer({ refusal: 'No.' })).toEqual(['stop', null])
  expect(await answer({ reasoning_only: true })).toEqual(['length', null])
  expect(await answer({ finish_reason: 'content_filter', content: '' })).toEqual(['content_filter', null])
})

test('the model server splits a stream into the scripted number of chunks and no character in two', async () => {
  const content = '😀é漢'.repeat(10)
  const body = await (await ask([{ content, chunks: 7 }])).text()
  expect(contents(body)).toBe(content)
  expect(body).not.toContain('\\ud')
})

test('the model server sends usage and cost as scripted, or leaves the usage out', async () => {
  const { usage } = JSON.parse(await (await ask([{ cost: '0.25', usage: { is_byok: true } }], false)).text())
  expect(usage).toMatchObject({ cost: 0.25, is_byok: true })
  expect(JSON.parse(await (await ask([{ cost: '0.5', no_usage: true }], false)).text()).usage).toBeUndefined()
  await settled(2)
  expect(server.totals().chargedUsd).toBe('0.75')
})

test('the model server sends a scripted error in a stream with its finish reason, and charges nothing', async () => {
  const body = await (await ask([{ finish_reason: 'error', error: { code: 502, message: 'gone' } }])).text()
  expect(body).toContain('"error":{"code":502,"message":"gone"}')
  expect(body).toContain('"finish_reason":"error"')
  await settled()
  expect(server.totals().chargedUsd).toBe('0')
})

test('the model server sends a malformed frame, or no stream to a request for one, when scripted to', async () => {
  const body = await (await ask([{ malformed_frame: true }])).text()
  expect(() => contents(body.replace('"choices":[{"delta":\n', '"choices":[{"delta":}\n'))).toThrow(SyntaxError)
  const plain = await ask([{ non_stream_body_to_stream_request: true }])
  expect(JSON.parse(await plain.text()).object).toBe('chat.completion')
})

test.each(['destroy', 'reset'] as const)(
  'the model server breaks a stream (%s) after the scripted chunks and charges a part',
  async (cut) => {
    const response = await ask([{ cut_after_chunks: 2, chunks: 4, cut, content: 'abcdefgh' }])
    const reader = response.body?.getReader()
    let read = ''
    const drained = (async () => {
      for (;;) {
        const part = await reader?.read()
        if (!part || part.done) return
        read += Buffer.from(part.value).toString('utf8')
      }
    })()
    await expect(drained).rejects.toThrow()
    if (cut === 'destroy') expect(contents(read)).toBe('abcd')
    const [record] = await settled()
    expect(record).toMatchObject({ cut: true, aborted: false, chunksSent: 2 })
    expect(Number(record?.chargedUsd)).toBeGreaterThan(0)
  },
)

test('the model server ends a cut stream as a complete one, or resets before any header, when scripted to', async () => {
  const body = await (await ask([{ cut_after_chunks: 1, chunks: 2, cut: 'end', content: 'abcd' }])).text()
  expect(contents(body)).toBe('ab')
  expect(body).not.toContain('[DONE]')
  await expect(ask([{ reset: true }])).rejects.toThrow()
  const [, record] = await settled(2)
  expect(record).toMatchObject({ cut: true, status: null, chargedUsd: '0' })
})

test('the model server records a client that disconnects before the headers or during the body', async () => {
  const early = new AbortController()
  const never = ask([{ hang: 'headers' }], true, early.signal)
  await expect.poll(() => server.totals().open).toBe(1)
  early.abort()
  await expect(never).rejects.toThrow()
  expect((await settled())[0]).toMatchObject({ aborted: true, status: null, chunksSent: 0, chargedUsd: '0' })

  const late = new AbortController()
  const response = await ask([{ hang: 'stream', hang_after_chunks: 3 }], true, late.signal)
  const reader = response.body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  late.abort()
  const [, record] = await settled(2)
  expect(record).toMatchObject({ aborted: true, status: 200, chunksSent: 3 })
  expect(Number(record?.chargedUsd)).toBeGreaterThan(0)
  expect(server.totals()).toMatchObject({ requests: 2, aborted: 2, completed: 0, open: 0 })
})

test('the model server pauses as long as scripted, and sends comments during pauses when scripted to', async () => {
  const started = performance.now()
  const step = { latency_ms: 20, first_token_ms: 500, chunk_gap_ms: 10, chunks: 2, content: 'ab', keep_alive_ms: 15 }
  const body = await (await ask([step])).text()
  expect(performance.now() - started).toBeGreaterThanOrEqual(525)
  expect(body.match(/: OPENROUTER PROCESSING/gu)?.length).toBeGreaterThanOrEqual(3)
  const padded = await (await ask([{ ...step, latency_ms: 0 }], false)).text()
  expect(padded).toMatch(/^\s+\{/u)
  expect(JSON.parse(padded).choices[0].message.content).toBe('ab')
})

test('the model server disconnects hanging clients when it is stopped', async () => {
  const other = await startModelServer({ script: [{ hang: 'headers' }] })
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }] })
  const hanging = fetch(`${other.url}/chat/completions`, { method: 'POST', body })
  hanging.catch(() => {})
  await expect.poll(() => other.totals().open).toBe(1)
  await other.stop()
  await expect(hanging).rejects.toThrow()
})
