import http from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resident } from '../support/resident.ts'
import type { Service } from '../support/system.ts'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let api: Service
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  api = await apiSystem.system.startApi()
})
afterAll(() => apiSystem?.stop())

/** Sends requests one after the other over one connection at most. Each answer is told with the port that it came to. */
const overOneConnection = () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  return (method: string, path: string, body?: { type: string; parts: Buffer[] }): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${ana.token}`,
        ...(body && { 'content-type': body.type, 'transfer-encoding': 'chunked' }),
      }
      const request = http.request(`${api.url}${path}`, { method, agent, headers }, (response) => {
        const port = response.socket.localPort
        response.resume().on('end', () => resolve([response.statusCode, port]))
      })
      request.on('error', reject)
      for (const part of body?.parts ?? []) request.write(part)
      request.end()
    })
}

/** A proxy shares its connections among people, so an end would meet somebody else's request. */
it.each<[string, string, string, Buffer[], number]>([
  [
    'a submission that is too large',
    generationsPath,
    'application/json',
    Array(120).fill(Buffer.alloc(10_000, 'x')),
    413,
  ],
  [
    'a file that is no CSV',
    '/api/cards/import?format=csv',
    'text/csv',
    Array(300).fill(Buffer.alloc(10_000, 'x')),
    400,
  ],
])('the connection of %s serves the next requests', async (_what, path, type, parts, refusal) => {
  const ask = overOneConnection()
  const [status, port] = await ask('POST', path, { type, parts })
  expect(status).toBe(refusal)
  // The server gives up a body whose end it has not seen after half a second.
  for (const until = performance.now() + 800; performance.now() < until; )
    expect(await ask('GET', '/api/ai/limits')).toEqual([200, port])
})

/** Sends a body of a byte in each chunk. Returns the first line of the answer. */
const sendByteByByte = async (bytes: number): Promise<string> => {
  const { port, host } = new URL(api.url)
  const head = [`POST ${generationsPath} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${ana.token}`]
  const rest = ['Content-Type: application/json', 'Transfer-Encoding: chunked', 'Connection: close']
  const socket = connect(Number(port))
  socket.write(`${[...head, ...rest].join('\r\n')}\r\n\r\n${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`)
  return (await text(socket)).split('\r\n')[0] ?? ''
}

it('bodies in chunks of a byte take up little more memory than their bytes', async () => {
  const before = resident(api.pid)
  let peak = before
  let open = 4
  const answers = Array.from({ length: open }, () => sendByteByByte(300_000).finally(() => open--))
  for (const ask = overOneConnection(); open > 0; peak = Math.max(peak, resident(api.pid))) await ask('GET', '/livez')
  expect(await Promise.all(answers)).toEqual(Array(4).fill('HTTP/1.1 400 Bad Request'))
  expect(peak - before).toBeLessThan(120_000_000)
})
