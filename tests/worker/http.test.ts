import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, type System, startSystem } from '../support/system.ts'

let system: System
let services: Record<'API' | 'worker', Service>
beforeAll(async () => {
  system = await startSystem()
  const [API, worker] = await Promise.all([system.startApi(), system.startWorker()])
  services = { API, worker }
})
afterAll(() => system?.stop())

/** Sends bytes to a process, and reads the first line of what it answers until it closes the connection. */
const statusLineOf = async ({ url }: Service, bytes: string): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return (await text(socket)).split('\r\n')[0] ?? ''
}

describe.each([
  // The API has a page at /, and tells which methods it takes.
  ['API', '405 Method Not Allowed'],
  ['worker', '404 Not Found'],
] as const)('the HTTP server of the %s', (name, toOptions) => {
  it.each([
    ['a health check by HTTP/1.0 without a Host', 'GET /readyz HTTP/1.0\r\n\r\n', '200 OK'],
    ['the default health check of HAProxy', 'OPTIONS / HTTP/1.0\r\n\r\n', toOptions],
    ['HTTP/1.1 without a Host', 'GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n', '400 Bad Request'],
    [
      'headers of 20 kB',
      `GET /readyz HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ])('answers %s', async (_, bytes, answer) => {
    expect(await statusLineOf(services[name], bytes)).toBe(`HTTP/1.1 ${answer}`)
  })
})
