import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpServer } from './server.ts'

/** Answers at once; a POST when its body has arrived. */
const answer = async (request: Request) => {
  if (request.method === 'POST') await request.text()
  return new Response(`${request.method} ${new URL(request.url).pathname}`)
}
const server = createHttpServer(answer, { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 })
let port = 0
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  port = address.port
})
afterAll(() => server.close())

/** Sends bytes, and reads what the server answers until it closes the connection. */
const exchange = async (bytes: string): Promise<{ status: string; head: string; body: string }> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  return { status: head.split('\r\n')[0] ?? '', head, body }
}

describe('createHttpServer', () => {
  it.each([
    ['GET /livez HTTP/1.0', 'GET /livez'],
    ['HEAD /livez HTTP/1.0', ''],
    ['OPTIONS / HTTP/1.0', 'OPTIONS /'],
    ['GET /livez HTTP/1.0\r\nUser-Agent: HAProxy', 'GET /livez'],
    ['GET /livez HTTP/1.0\r\nHost: api.example:8787', 'GET /livez'],
    ['GET /livez HTTP/1.1\r\nConnection: close\r\nHost: api.example', 'GET /livez'],
    ['GET /livez HTTP/1.1\r\nConnection: close\r\nHost: api.example\r\nExpect: the-unexpected', 'GET /livez'],
  ])('answers %j', async (head, body) => {
    expect(await exchange(`${head}\r\n\r\n`)).toMatchObject({ status: 'HTTP/1.1 200 OK', body })
  })

  it('outlives people who ask for a tunnel and break the connection, and keeps none of them open', async () => {
    const ask = async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => undefined)
      socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')
      return socket
    }
    for (const socket of await Promise.all(Array.from({ length: 20 }, ask))) socket.resetAndDestroy()
    const open = await ask()
    await once(open.resume(), 'end')
    await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(0)
    open.destroy()
  })

  it.each([
    ['HTTP/1.1 without a Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    ['a Host that is none', 'GET / HTTP/1.0\r\nHost: a b\r\n\r\n', 400, 'invalid_request'],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 405, 'method_not_allowed'],
    ['no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['one header of 20 kB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'headers of 20 kB together',
      `GET / HTTP/1.1\r\nHost: a\r\n${`X-Many: ${'x'.repeat(100)}\r\n`.repeat(200)}\r\n`,
      431,
      'headers_too_large',
    ],
    ['a path of 20 kB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'],
    [
      'chunk extensions of 20 kB',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
      413,
      'payload_too_large',
    ],
    ['headers that stop', 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', 408, 'request_timeout'],
    ['a request line that stops', 'GET /li', 408, 'request_timeout'],
    ['a body that stops', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc', 408, 'request_timeout'],
    [
      'chunks that stop',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      408,
      'request_timeout',
    ],
  ])('answers a problem to %s', async (_, bytes, status, code) => {
    const reply = await exchange(bytes)
    expect(reply.status).toContain(`HTTP/1.1 ${status} `)
    expect(reply.head.toLowerCase()).toContain('content-type: application/problem+json')
    const problem = JSON.parse(reply.body)
    expect(problem).toMatchObject({ status, code })
    expect(reply.head.toLowerCase()).toContain(`x-request-id: ${problem.request_id}`)
  })
})
