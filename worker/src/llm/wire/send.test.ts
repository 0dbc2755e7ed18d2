import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import { delta, done, replyStream, replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import { createClient } from './client.ts'
import { send } from './send.ts'

const request = { messages: [{ role: 'user' as const, content: 'x' }], maxCompletionTokens: 10, temperature: 0 }

const exchangeAt = (
  baseURL: string,
  {
    signal = new AbortController().signal,
    timeouts = exampleRoute().timeouts,
    key = 'sk-own',
    onIdentified = (_id: string): void => undefined,
  } = {},
) => {
  const client = createClient({ baseURL })
  return send({ client, key, route: exampleRoute({ timeouts }), request, now: Date.now, onIdentified }, signal)
}

/** A port where nobody listens any more. */
const deadPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  return address !== null && typeof address === 'object' ? address.port : 0
}

describe('a request is known not to have been sent', () => {
  test('where nobody listens', async () => {
    const rawResponse = await exchangeAt(`http://127.0.0.1:${await deadPort()}/v1`)
    expect(rawResponse).toMatchObject({ broken: 'network', unsent: true, status: null })
  })

  test('after an abort beforehand', async () => {
    await using provider = await scriptedProvider(replyWith(200, {}))
    const rawResponse = await exchangeAt(provider.baseURL, { signal: AbortSignal.abort() })
    expect(rawResponse).toMatchObject({ broken: 'aborted', unsent: true })
    expect(provider.received).toEqual([])
  })
})

describe('a request may have been worked on', () => {
  test('whose connection was reset', async () => {
    await using provider = await scriptedProvider((response) => response.destroy())
    expect(await exchangeAt(provider.baseURL)).toMatchObject({ broken: 'network', unsent: false })
  })

  test('that nobody answered in time', async () => {
    await using provider = await scriptedProvider(() => undefined)
    const timeouts = { firstTokenMs: 100, gapMs: 60_000, totalMs: 60_000 }
    expect(await exchangeAt(provider.baseURL, { timeouts })).toMatchObject({ broken: 'first_token', unsent: false })
    expect(provider.received).toHaveLength(1)
  })
})

test("the provider's id is told with the headers, before the answer is there", async () => {
  const stop = new AbortController()
  await using provider = await scriptedProvider(replyStream([delta('[1')], 'hang', { 'x-generation-id': 'gen-header' }))
  const ids: string[] = []
  const onIdentified = (id: string) => {
    ids.push(id)
    stop.abort()
  }
  const rawResponse = await exchangeAt(provider.baseURL, { signal: stop.signal, onIdentified })
  expect([ids, rawResponse.broken]).toEqual([['gen-header'], 'aborted'])
})

test('each request brings its own key', async () => {
  await using provider = await scriptedProvider(replyStream([delta('[]', 'stop'), done]))
  await exchangeAt(provider.baseURL, { key: 'sk-1' })
  await exchangeAt(provider.baseURL, { key: 'sk-2' })
  expect(provider.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-1', 'Bearer sk-2'])
})
