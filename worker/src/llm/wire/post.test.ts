import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { PROVIDER_CONNECT_MS, PROVIDER_IDLE_MS } from '../../deadlines.ts'
import { selfSigned } from '../../testing/certificate.ts'
import { at, httpServer, type Listening, listening, mute, postTo, rawServer, type Sent } from '../../testing/post-to.ts'

const readAll = async (request: IncomingMessage) => {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

afterEach(() => void vi.useRealTimers())

describe('post', () => {
  test('sends the headers and the body as UTF-8, asks for no encoding, and returns status, headers and body', async () => {
    const received: unknown[] = []
    await using server = await httpServer(async (request, response) => {
      received.push([request.method, request.url, request.headers, await readAll(request)])
      response.writeHead(
        201,
        [
          ['x-id', 'gen-1'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ].flat(),
      )
      response.end('żółw')
    })
    const { response, sent } = postTo(at(server), { headers: { authorization: 'Bearer k', 'accept-encoding': 'gzip' } })
    const { status, headers } = await response
    expect([status, headers.get('x-id'), headers.getSetCookie(), sent.times]).toEqual([201, 'gen-1', ['a=1', 'b=2'], 1])
    expect(await (await response).text()).toBe('żółw')
    const expected = { authorization: 'Bearer k', 'accept-encoding': 'identity', 'content-length': '18' }
    expect(received).toEqual([['POST', '/v1/chat', expect.objectContaining(expected), '{"a":"Zażółć"}']])
  })

  test('uses a connection again after its answer was read', async () => {
    await using server = await httpServer((_, response) => void response.end('ok'))
    for (let n = 0; n < 3; n++) {
      const { response, sent } = postTo(at(server))
      expect([await (await response).text(), sent.times]).toEqual(['ok', 1])
    }
    expect(server.connections).toHaveLength(1)
  })

  test('opens a new connection when the server has closed the kept one', async () => {
    await using server = await httpServer((_, response) => void response.end('ok'))
    await (await postTo(at(server)).response).text()
    server.connections[0]?.destroy()
    await new Promise((later) => setTimeout(later, 50))
    expect(await (await postTo(at(server)).response).text()).toBe('ok')
    expect(server.connections).toHaveLength(2)
  })

  test('fails, and does not send the request again, when the server closes a kept connection instead of an answer', async () => {
    let requests = 0
    await using server = await httpServer((request, response) => {
      requests++
      if (requests === 1) response.end('ok')
      else request.socket.destroy()
    })
    await (await postTo(at(server)).response).text()
    const { response, sent } = postTo(at(server))
    await expect(response).rejects.toThrow('socket hang up')
    expect([requests, sent.times, server.connections.length]).toEqual([2, 1, 1])
  })

  test.each([301, 307])('returns a %i and does not follow it', async (status) => {
    let requests = 0
    await using server = await httpServer((_, response) => {
      requests++
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    expect((await postTo(at(server)).response).status).toBe(status)
    expect(requests).toBe(1)
  })

  test('returns an early answer while the server does not read the body', async () => {
    const server = createTcpServer((socket) => {
      socket.once('data', () => socket.pause().write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno'))
    })
    await using listener = await listening(server)
    const response = await postTo(at(listener), { body: 'x'.repeat(20_000_000) }).response
    expect([response.status, await response.text()]).toEqual([413, 'no'])
  })
})

// These tests wait for the real timer of the connection, so they run concurrently.
describe.concurrent('post and the time for which a connection is kept', () => {
  test('does not end a request that is silent for longer', async () => {
    await using server = await httpServer((_, response) => {
      setTimeout(() => response.write('one '), PROVIDER_IDLE_MS + 300)
      setTimeout(() => response.end('two'), 2 * (PROVIDER_IDLE_MS + 300))
    })
    expect(await (await postTo(at(server)).response).text()).toBe('one two')
  })

  test('closes a connection that was not used for so long', async () => {
    await using server = await httpServer(
      (_, response) => void response.setHeader('keep-alive', 'timeout=60').end('ok'),
    )
    await (await postTo(at(server)).response).text()
    await new Promise((later) => setTimeout(later, PROVIDER_IDLE_MS - 500))
    expect(server.connections[0]?.destroyed).toBe(false)
    await expect.poll(() => server.connections[0]?.destroyed, { timeout: 5_000 }).toBe(true)
  })
})

describe('post over HTTPS', () => {
  const secureServer = (requests: string[]) =>
    listening(
      createHttpsServer(selfSigned, async (request, response) => {
        requests.push(await readAll(request))
        response.end('ok')
      }),
    )

  test('sends nothing to a server whose certificate it does not trust', async () => {
    const requests: string[] = []
    await using server = await secureServer(requests)
    const { response, sent } = postTo(at(server, 'https'))
    await expect(response).rejects.toThrow(/self-signed certificate/)
    expect([requests, sent.times]).toEqual([[], 0])
  })

  test('sends to a server whose certificate it trusts, and uses the connection again', async () => {
    const requests: string[] = []
    const known = getCACertificates('default')
    await using server = await secureServer(requests)
    setDefaultCACertificates([...known, selfSigned.cert])
    try {
      for (const body of ['one', 'two']) {
        const { response, sent } = postTo(`https://localhost:${server.port}/v1`, { body })
        expect([await (await response).text(), sent.times]).toEqual(['ok', 1])
      }
    } finally {
      setDefaultCACertificates(known)
    }
    expect([requests, server.connections.length]).toEqual([['one', 'two'], 1])
  })

  test('gives up after the connect deadline when the handshake does not end, and has sent nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using server = await mute()
    const { response, sent } = postTo(at(server, 'https'))
    vi.advanceTimersByTime(PROVIDER_CONNECT_MS - 1)
    const first = await Promise.race([response.catch(() => 'failed'), new Promise((later) => setImmediate(later))])
    expect(first).toBeUndefined()
    vi.advanceTimersByTime(1)
    await expect(response).rejects.toThrow('connect timeout')
    expect(sent.times).toBe(0)
  })
})

describe('post with an abort', () => {
  const aborting = { name: 'AbortError' }

  test('opens no connection when the signal is aborted beforehand', async () => {
    await using server = await mute()
    const { response, sent } = postTo(at(server), { signal: AbortSignal.abort() })
    await expect(response).rejects.toMatchObject(aborting)
    expect([server.connections.length, sent.times]).toEqual([0, 0])
  })

  test('fails at once when the connection has no socket yet', async () => {
    await using server = await mute()
    const stop = new AbortController()
    const { response, sent } = postTo(at(server), { signal: stop.signal })
    stop.abort()
    await expect(response).rejects.toMatchObject(aborting)
    expect(sent.times).toBe(0)
  })

  test.each<[string, Sent, () => Promise<Listening>, string, number]>([
    ['while the connection is being opened', {}, mute, 'https', 0],
    ['while the body is being sent', { body: 'x'.repeat(20_000_000) }, mute, 'http', 1],
    ['while it waits for headers', {}, () => httpServer(() => undefined), 'http', 1],
  ])('closes the connection %s', async (_, more, start, scheme, times) => {
    await using server = await start()
    const stop = new AbortController()
    const { response, sent } = postTo(at(server, scheme), { ...more, signal: stop.signal })
    await expect.poll(() => [server.connections.length, sent.times]).toEqual([1, times])
    const [connection] = server.connections
    if (!connection) throw new Error('no connection')
    connection.resume()
    stop.abort()
    await expect(response).rejects.toMatchObject(aborting)
    await once(connection, 'close')
  })

  test('closes the connection and fails the body while it is being read', async () => {
    await using server = await httpServer((_, response) => void response.write('one'))
    const stop = new AbortController()
    const reader = (await postTo(at(server), { signal: stop.signal }).response).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one')
    const next = reader?.read()
    stop.abort()
    await expect(next).rejects.toBeInstanceOf(Error)
    await expect.poll(() => server.connections[0]?.destroyed).toBe(true)
  })

  test('changes nothing after the body has ended, and the connection is used again', async () => {
    await using server = await httpServer((_, response) => void response.end('ok'))
    const stop = new AbortController()
    expect(await (await postTo(at(server), { signal: stop.signal }).response).text()).toBe('ok')
    await new Promise((later) => setTimeout(later, 20))
    stop.abort()
    expect(await (await postTo(at(server)).response).text()).toBe('ok')
    expect(server.connections).toHaveLength(1)
  })
})

describe('post with a broken server', () => {
  const head = 'HTTP/1.1 200 OK\r\n'

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['headers that are too large', `${head}x: ${'y'.repeat(100_000)}\r\n\r\n`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'],
    ['a status that does not exist', 'HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n'],
    ['nothing', ''],
  ])('fails when the answer is %s', async (_, bytes) => {
    await using server = await rawServer(bytes, true)
    const { response, sent } = postTo(at(server))
    await expect(response).rejects.toBeInstanceOf(Error)
    expect(sent.times).toBe(1)
  })

  test('fails at a status that does not exist also where the global Response takes any', async () => {
    vi.stubGlobal('Response', class {})
    onTestFinished(() => void vi.unstubAllGlobals())
    await using server = await rawServer('HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n', true)
    await expect(postTo(at(server)).response).rejects.toBeInstanceOf(RangeError)
  })
})
