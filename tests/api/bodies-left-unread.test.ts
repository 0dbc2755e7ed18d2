import http from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let url: string
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
  url = (await apiSystem.system.startApi()).url
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
      const request = http.request(`${url}${path}`, { method, agent, headers }, (response) => {
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
