import { createServer as createHttpsServer } from 'node:https'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { PROVIDER_CONNECT_MS } from '../../deadlines.ts'
import { selfSigned } from '../../testing/certificate.ts'
import { exampleRoute } from '../../testing/example-route.ts'
import { at, mute, portOf } from '../../testing/post-to.ts'
import { delta, done, replyStream, replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import { createClient } from './client.ts'
import { send } from './send.ts'
import { LEFT_SILENT } from './timeouts.ts'

/** A busy machine takes longer than the second that is usual. */
const patience = { timeout: 20_000 }

afterEach(() => void vi.useRealTimers())

const request = { messages: [{ role: 'user' as const, content: 'x' }], maxCompletionTokens: 10, temperature: 0 }

const sendTo = (
  baseURL: string,
  {
    signal = new AbortController().signal,
    timeouts = exampleRoute().timeouts,
    key = 'sk-own',
    onIdentified = (_id: string): void => undefined,
  } = {},
) => {
  const client = createClient({ baseURL })
  return send(
    {
      client,
      key,
      route: exampleRoute({ timeouts }),
      request,
      now: Date.now,
      onIdentified,
      onProgress: () => undefined,
    },
    signal,
  )
}

/** A port of 127.0.0.1 on which no server listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const port = portOf(server)
  await new Promise((closed) => server.close(closed))
  return port
}

describe('send reports a request as unsent', () => {
  test('when no server listens', async () => {
    const rawResponse = await sendTo(`http://127.0.0.1:${await closedPort()}/v1`)
    expect(rawResponse).toMatchObject({ interruptedBy: 'network', unsent: true, status: null })
  })

  test('when the signal is aborted beforehand', async () => {
    await using provider = await scriptedProvider(replyWith(200, {}))
    const rawResponse = await sendTo(provider.baseURL, { signal: AbortSignal.abort() })
    expect(rawResponse).toMatchObject({ interruptedBy: 'aborted', unsent: true })
    expect(provider.received).toEqual([])
  })
})

describe('send reports a request as unsent, although its error does not say so,', () => {
  test('when the connect deadline passes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using server = await mute()
    const timeouts = { firstTokenMs: 60_000, gapMs: 60_000, totalMs: 60_000 }
    const sent = sendTo(at(server, 'https'), { timeouts })
    await vi.waitFor(() => expect(server.connections).toHaveLength(1), patience)
    vi.advanceTimersByTime(PROVIDER_CONNECT_MS)
    expect(await sent).toMatchObject({ interruptedBy: 'transport_timeout', unsent: true })
  })

  test('when the deadline of the first token passes before the connection is open', async () => {
    await using server = await mute()
    const timeouts = { firstTokenMs: 100, gapMs: 60_000, totalMs: 60_000 }
    expect(await sendTo(at(server, 'https'), { timeouts })).toMatchObject({
      interruptedBy: 'first_token',
      unsent: true,
    })
  })

  test('when another route takes over before the connection is open', async () => {
    await using server = await mute()
    const stop = new AbortController()
    const sent = sendTo(at(server, 'https'), { signal: stop.signal })
    await expect.poll(() => server.connections.length).toBe(1)
    stop.abort(LEFT_SILENT)
    expect(await sent).toMatchObject({ interruptedBy: 'silent', unsent: true })
  })

  test('when the certificate of the server is not trusted', async () => {
    let requests = 0
    const server = createHttpsServer(selfSigned, () => void requests++)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const rawResponse = await sendTo(`https://127.0.0.1:${portOf(server)}/v1`)
    await new Promise((closed) => server.close(closed))
    expect(rawResponse).toMatchObject({ interruptedBy: 'network', unsent: true })
    expect(requests).toBe(0)
  })
})

describe('send reports a request as possibly processed', () => {
  test('when the connection was reset', async () => {
    await using provider = await scriptedProvider((response) => response.destroy())
    expect(await sendTo(provider.baseURL)).toMatchObject({ interruptedBy: 'network', unsent: false })
  })

  test('when no token arrived in time', async () => {
    await using provider = await scriptedProvider(() => undefined)
    const timeouts = { firstTokenMs: 100, gapMs: 60_000, totalMs: 60_000 }
    expect(await sendTo(provider.baseURL, { timeouts })).toMatchObject({ interruptedBy: 'first_token', unsent: false })
    expect(provider.received).toHaveLength(1)
  })
})

test("send reports the provider's request id with the headers, before the answer ends", async () => {
  const stop = new AbortController()
  await using provider = await scriptedProvider(replyStream([delta('[1')], 'hang', { 'x-generation-id': 'gen-header' }))
  const ids: string[] = []
  const onIdentified = (id: string) => {
    ids.push(id)
    stop.abort()
  }
  const rawResponse = await sendTo(provider.baseURL, { signal: stop.signal, onIdentified })
  expect([ids, rawResponse.interruptedBy]).toEqual([['gen-header'], 'aborted'])
})

test('send sends the key of each request', async () => {
  await using provider = await scriptedProvider(replyStream([delta('[]', 'stop'), done]))
  await sendTo(provider.baseURL, { key: 'sk-1' })
  await sendTo(provider.baseURL, { key: 'sk-2' })
  expect(provider.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-1', 'Bearer sk-2'])
})
