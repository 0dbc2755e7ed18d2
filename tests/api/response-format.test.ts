import { connect as openSocket, type Socket } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const open = (): Socket => {
  const { hostname, port } = new URL(apiSystem.api.url)
  return openSocket(Number(port), hostname)
}
const raw = (bytes: string): Promise<string> => {
  const socket = open()
  socket.end(bytes)
  return readAll(socket)
}

describe('a request that is not valid HTTP', () => {
  it.each([
    ['no request', 'hello\r\n\r\n'],
    ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an invalid host', 'GET /livez HTTP/1.1\r\nHost: ex ample\r\nConnection: close\r\n\r\n'],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`],
    [
      'both Content-Length and Transfer-Encoding',
      'POST /api/ai/generations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('gets a problem response without internals: %s', async (_name, bytes) => {
    const answer = await raw(bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer).toMatch(/content-type: application\/problem\+json/i)
    expect(answer).toMatch(/x-request-id: /i)
    expect(answer).not.toMatch(/node:|at \w+ \(/)
  })

  it('does not end the API process', async () => {
    expect((await apiSystem.send('GET', '/livez')).status).toBe(200)
  })
})

describe('a client that disconnects while it sends its body', () => {
  it.each([
    ['with a length', 'Content-Length: 2000\r\n\r\n{"source_text":"'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"sou\r\n'],
  ])('is logged as the client’s fault: %s', async (name, rest) => {
    const requestId = `gone-${name.replaceAll(' ', '-')}`
    const head = [
      `POST ${generationsPath} HTTP/1.1`,
      'Host: x',
      `X-Request-Id: ${requestId}`,
      `Authorization: Bearer ${ana.token}`,
      'Content-Type: application/json',
    ]
    const socket = open()
    socket.write(`${head.join('\r\n')}\r\n${rest}`, () => socket.destroy())
    const line = () =>
      apiSystem.api
        .log()
        .split('\n')
        .find((one) => one.includes(requestId))
    await until(() => line() !== undefined, { what: 'the log line', timeoutMs: 30_000 })
    expect(JSON.parse(line() ?? '')).toMatchObject({ level: 'info', status: 400, code: 'invalid_request' })
  })
})
