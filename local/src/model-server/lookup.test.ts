import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import type { Script } from './script.ts'
import { startModelServer } from './server.ts'

const server = await startModelServer({ name: 'paris', region: 'europe' })
const generous = await startModelServer({ billing: 'whole' })
afterAll(() => Promise.all([server.stop(), generous.stop()]))
beforeEach(() => {
  server.clearRequests()
  generous.clearRequests()
})

const ask = (script: Script, { stream = true, signal, at = server }: Asking = {}) => {
  at.setScript(script)
  return fetch(`${at.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'abcd'.repeat(25) }] }),
    ...(signal ? { signal } : {}),
  })
}
type Asking = { stream?: boolean; signal?: AbortSignal; at?: typeof server }

const lookUp = async (id: string | null | undefined, at = server) => {
  const response = await fetch(`${at.url}/generation?id=${id}`)
  return { status: response.status, text: await response.text() }
}

const ended = (at = server) =>
  vi.waitFor(() => {
    expect(at.totals()).toMatchObject({ requests: 1, open: 0 })
    return at.requests[0]
  }, 20_000)

/** Sends a request, reads the first bytes of the response, and disconnects. */
const leave = async (step: Exclude<Script, { steps: unknown }>[number], at = server) => {
  const going = new AbortController()
  const response = await ask([step], { signal: going.signal, at })
  await response.body?.getReader().read()
  going.abort()
  await ended(at)
  return response.headers.get('x-generation-id')
}

test('the lookup answers the exact charge of a completion by its id', async () => {
  const response = await ask([{ cost: '0.000007765', content: 'x'.repeat(40) }])
  const sent = await response.text()
  const id = response.headers.get('x-generation-id')
  expect(sent).toContain(`"id":"${id}"`)
  expect(sent).toContain('"cost":0.000007765,')
  await ended()
  const { status, text } = await lookUp(id)
  expect(status).toBe(200)
  expect(text).toContain('"total_cost":0.000007765,"usage":0.000007765,')
  expect(JSON.parse(text)).toEqual({
    data: {
      id,
      model: 'recto-local/extractive-1',
      provider_name: 'paris',
      total_cost: 0.000007765,
      usage: 0.000007765,
      tokens_prompt: 25,
      tokens_completion: 10,
      native_tokens_prompt: 25,
      native_tokens_completion: 10,
      finish_reason: 'stop',
      cancelled: false,
      streamed: true,
      data_region: 'europe',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
    },
  })
})

test('the header with the id comes before the first chunk', async () => {
  const going = new AbortController()
  const response = await ask([{ hang: 'stream' }], { signal: going.signal })
  expect(response.headers.get('x-generation-id')).toBe(server.requests[0]?.id)
  going.abort()
  await ended()
})

test('a client that disconnects is charged for prompt and sent chunks, and nothing before the first one', async () => {
  const content = 'x'.repeat(400)
  const partly = await leave({ content, chunks: 10, hang: 'stream', hang_after_chunks: 3 })
  // 25 tokens of prompt and 30 of the 100 of completion, at 0.1 USD a million.
  expect(JSON.parse((await lookUp(partly)).text).data).toMatchObject({
    total_cost: 0.0000055,
    tokens_prompt: 25,
    tokens_completion: 30,
    cancelled: true,
    finish_reason: null,
  })
  expect(server.totals().chargedUsd).toBe('0.0000055')
  server.clearRequests()
  const unbegun = await leave({ content, hang: 'stream' })
  expect(JSON.parse((await lookUp(unbegun)).text).data).toMatchObject({ total_cost: 0, cancelled: true })
})

test('a server with billing `whole` charges everything to a client that disconnects after a chunk', async () => {
  const content = 'x'.repeat(400)
  await leave({ content, chunks: 10, hang: 'stream', hang_after_chunks: 1 }, generous)
  expect(generous.totals().chargedUsd).toBe('0.0000125')
  generous.clearRequests()
  await leave({ content, hang: 'stream' }, generous)
  expect(generous.totals().chargedUsd).toBe('0')
})

test('the lookup answers for a stream that was cut, but not for a failed, open or unknown request', async () => {
  const cut = await ask([{ cut_after_chunks: 1, cut: 'end', chunks: 4, content: 'x'.repeat(160) }])
  await cut.text()
  await ended()
  expect(JSON.parse((await lookUp(cut.headers.get('x-generation-id'))).text).data.total_cost).toBe(0.0000035)
  server.clearRequests()

  const refused = await ask([{ status: 503 }])
  expect(await refused.json()).toEqual({ error: { code: 503, message: 'Service Unavailable' } })
  await ended()
  expect((await lookUp(refused.headers.get('x-generation-id'))).status).toBe(404)
  for (const id of ['', 'gen-other-1', `${server.requests[0]?.id}0`, 'x'.repeat(99)]) {
    const { status, text } = await lookUp(id)
    expect([status, JSON.parse(text)]).toEqual([404, { error: { code: 404, message: `Generation ${id} not found` } }])
  }
  server.clearRequests()

  const going = new AbortController()
  const open = await ask([{ hang: 'stream', hang_after_chunks: 1 }], { signal: going.signal })
  expect((await lookUp(open.headers.get('x-generation-id'))).status).toBe(404)
  going.abort()
  await ended()
})

test('the lookup answers 404 during the scripted delay', async () => {
  const late = await ask([{ lookup_delay_ms: 2_000, cost: '0.5' }])
  await late.text()
  const record = await ended()
  const id = late.headers.get('x-generation-id')
  expect((await lookUp(id)).status).toBe(404)
  await expect.poll(async () => (await lookUp(id)).status).toBe(200)
  expect(performance.timeOrigin + performance.now() - (record?.finishedAt ?? Infinity)).toBeGreaterThanOrEqual(2_000)
})

test('a completion without content or with an error is free, in its usage and in the totals', async () => {
  for (const step of [{ finish_reason: 'error' as const }, { finish_reason: null, content: '' }]) {
    expect(JSON.parse(await (await ask([step], { stream: false })).text()).usage.cost).toBe(0)
  }
  await expect.poll(() => server.totals()).toMatchObject({ requests: 2, open: 0, chargedUsd: '0' })
})
