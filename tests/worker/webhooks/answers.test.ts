import { createServer as createTcpServer } from 'node:net'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import { describe, expect, test } from 'vitest'
import { createPost } from '../../../worker/src/webhooks/post.ts'
import { postTo, receive, receiveHttp, receiveRaw } from './receiver.ts'

const url = ({ port }: { port: number }) => `http://hooks.example.com:${port}/hook?a=b`

describe('createPost', () => {
  test('sends the body and headers, and asks for no further use of the connection', async () => {
    const requests: unknown[] = []
    await using server = await receiveHttp(async (request, response) => {
      const pieces = await request.toArray()
      requests.push({ url: request.url, body: Buffer.concat(pieces).toString(), ...request.headers })
      response.writeHead(201).end('thanks')
    })
    const posted = await postTo(url(server))
    expect(posted).toEqual({ ok: true, status: 201, latencyMs: expect.any(Number) })
    expect(requests).toEqual([
      {
        url: '/hook?a=b',
        body: '{"type":"généré"}',
        host: `hooks.example.com:${server.port}`,
        connection: 'close',
        'content-length': '20',
        'accept-encoding': 'identity',
        'user-agent': 'Recto',
        'webhook-id': 'msg_1',
      },
    ])
    await expect.poll(server.open).toBe(0)
  })

  test.each([300, 301, 302, 303, 304, 307, 308])('does not follow a redirect (%i)', async (status) => {
    await using elsewhere = await receiveHttp((_, response) => response.end())
    await using server = await receiveHttp((_, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/` }).end(),
    )
    expect(await postTo(url(server))).toMatchObject({ ok: false, class: 'redirect', status, excerpt: null })
    expect(elsewhere.connections).toEqual([])
    expect(server.connections).toHaveLength(1)
  })

  test.each([
    [400, { 'retry-after': 'soon' }, null],
    [410, {}, null],
    [429, { 'retry-after': '120' }, 120],
    [503, { 'retry-after': new Date(Date.now() - 1_000).toUTCString() }, 0],
  ])('fails with the status %i, and reads a retry-after of %j', async (status, headers, retryAfterSeconds) => {
    await using server = await receiveHttp((_, response) => response.writeHead(status, headers).end('no'))
    expect(await postTo(url(server))).toEqual({
      ok: false,
      class: 'http_status',
      status,
      retryAfterSeconds,
      excerpt: 'no',
      latencyMs: expect.any(Number),
      message: `the answer has the status ${status}`,
    })
  })

  test.each<[string, string | Buffer, string | null]>([
    ['of a page as it is', '<h1>Żółw</h1>\n', '<h1>Żółw</h1>'],
    ['without characters that no row can have', 'a\u0000b\u001b[31mc\u202ed', 'a b [31mc d'],
    ['of bytes that are no text', Buffer.from([0xff, 0x41, 0xfe]), '\ufffdA\ufffd'],
    ['that is empty', '  \n', null],
    ['to its first 4,096 bytes, without half a character', `x${'€'.repeat(5_000)}`, `x${'€'.repeat(1_365)}`],
  ])('keeps the text %s', async (_, body, excerpt) => {
    await using server = await receiveHttp((_, response) => response.writeHead(500).end(body))
    expect(await postTo(url(server))).toMatchObject({ class: 'http_status', excerpt })
  })

  test('does not unpack a compressed answer', async () => {
    const headers = { 'content-encoding': 'gzip' }
    await using server = await receiveHttp((_, response) => response.writeHead(500, headers).end('plain'))
    expect(await postTo(url(server))).toMatchObject({ excerpt: 'plain' })
  })

  test.each([200, 500])('reads 4 kB of an answer with the status %i that never ends', async (status) => {
    let sent = 0
    await using server = await receiveHttp((_, response) => {
      response.writeHead(status)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384
      }
      response.on('drain', more)
      more()
    })
    const posted = await postTo(url(server))
    expect(posted).toMatchObject({ ok: status === 200, status })
    expect('excerpt' in posted ? posted.excerpt?.length : 4_096).toBe(4_096)
    await expect.poll(server.open).toBe(0)
    // What the buffers of both ends hold.
    expect(sent).toBeLessThan(20_000_000)
  })

  test.each([200, 500])('waits a second at most for the body of an answer with the status %i', async (status) => {
    await using server = await receiveHttp((_, response) => {
      response.writeHead(status)
      response.write('begin')
    })
    const startedAt = performance.now()
    const posted = await postTo(url(server))
    expect(posted).toMatchObject(status === 200 ? { ok: true } : { ok: false, excerpt: 'begin' })
    // The latency ends with the status.
    expect(performance.now() - startedAt - posted.latencyMs).toBeGreaterThan(900)
    await expect.poll(server.open).toBe(0)
  })

  test('takes the status of an answer whose body breaks off', async () => {
    await using server = await receiveHttp((_, response) => {
      response.writeHead(500, { 'content-length': '100' })
      response.write('begin', () => response.destroy())
    })
    expect(await postTo(url(server))).toMatchObject({ class: 'http_status', status: 500, excerpt: 'begin' })
  })
})

describe('createPost fails with the class of the failure when the server', () => {
  test.each([
    ['answers no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', undefined],
    ['answers with the status 000', 'HTTP/1.1 000 Odd\r\ncontent-length: 0\r\n\r\n', undefined],
    ['answers with the status 999', 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n', undefined],
    ['sends headers of 10 kB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`, undefined],
    ['sends headers without end', 'HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(1_000)}\r\n`],
    ['changes the protocol', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', undefined],
  ])('%s', async (_, first, more) => {
    await using server = await receiveRaw(first, more)
    expect(await postTo(url(server))).toMatchObject({ ok: false, class: 'connection', status: null })
    await expect.poll(server.open).toBe(0)
  })

  test.each([
    ['says nothing', '', undefined],
    ['sends its headers byte by byte', 'HTTP/1.1 200 OK\r\nx: ', 'y'],
    ['sends interim answers without end', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['sends only the begin of its headers', 'HTTP/1.1 200 OK\r\nx: y\r\n', undefined],
  ])('%s: in time', async (_, first, more) => {
    await using server = await receiveRaw(first, more)
    expect(await postTo(url(server), { deadlineMs: 300 })).toMatchObject({
      ok: false,
      class: 'timeout',
      message: 'no answer within 300 ms',
    })
    await expect.poll(server.open).toBe(0)
  })

  test.each([
    ['empty lines', '', '\r\n'],
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('sends %s as fast as it can', async (_, first, more) => {
    await using server = await receiveRaw(first, more.repeat(100_000))
    expect(await postTo(url(server))).toMatchObject({ class: 'connection', status: null })
    await expect.poll(server.open).toBe(0)
  })

  test('closes the connection', async () => {
    await using server = await receive(createTcpServer((socket) => void socket.destroy()))
    expect(await postTo(url(server))).toMatchObject({ class: 'connection', message: /no answer of HTTP/ })
  })

  test('does not listen', async () => {
    const { port } = await (async () => {
      await using server = await receiveHttp(() => undefined)
      return { port: server.port }
    })()
    expect(await postTo(url({ port }))).toMatchObject({ class: 'connection', message: 'no connection (ECONNREFUSED)' })
  })
})

describe('createPost', () => {
  test('goes on to the next address when one does not listen', async () => {
    await using server = await receiveHttp((_, response) => response.end())
    const lookup = async () => ['127.0.0.2', '127.0.0.1']
    expect(await postTo(url(server), { lookup })).toMatchObject({ ok: true })
  })

  test('sends nothing again when a server closes the connection after the request', async () => {
    await using server = await receiveHttp((request) => request.socket.destroy())
    const lookup = async () => ['127.0.0.1', '127.0.0.2']
    expect(await postTo(url(server), { lookup })).toMatchObject({ class: 'connection' })
    expect(server.connections).toHaveLength(1)
  })

  test('rejects with the reason of an abort, and closes the connection', async () => {
    await using server = await receiveRaw('')
    const stop = new AbortController()
    const posted = postTo(url(server), {}, stop.signal)
    posted.catch(() => undefined)
    await expect.poll(server.open).toBe(1)
    stop.abort(new Error('the worker stops'))
    await expect(posted).rejects.toThrow('the worker stops')
    await expect.poll(server.open).toBe(0)
  })

  test('dials nothing after an abort before', async () => {
    await using server = await receiveHttp((_, response) => response.end())
    await expect(postTo(url(server), {}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(server.connections).toEqual([])
  })

  test('dials nothing after an abort right after the call', async () => {
    await using server = await receiveHttp((_, response) => response.end())
    const stop = new AbortController()
    const posted = postTo(`http://127.0.0.1:${server.port}/`, {}, stop.signal)
    stop.abort(new Error('too late'))
    await expect(posted).rejects.toThrow('too late')
    expect(server.connections).toEqual([])
  })

  test('dials nothing when the look-up ends after the deadline', async () => {
    await using server = await receiveHttp((_, response) => response.end())
    const gate = Promise.withResolvers<string[]>()
    expect(await postTo(url(server), { lookup: () => gate.promise, deadlineMs: 50 })).toMatchObject({
      class: 'timeout',
    })
    gate.resolve(['127.0.0.1'])
    await new Promise(setImmediate)
    expect(server.connections).toEqual([])
  })

  test('throws when a header is not one, and closes the connection', async () => {
    await using server = await receiveHttp((_, response) => response.end())
    const post = createPost({ allow: allowListVariable.parse('http://127.0.0.1:*') })
    const headers = { 'x-name': 'a\r\nhost: b' }
    const posted = post(`http://127.0.0.1:${server.port}/`, { headers, body: '', signal: new AbortController().signal })
    await expect(posted).rejects.toThrow(/Invalid character in header/)
    await expect.poll(server.open).toBe(0)
  })
})
