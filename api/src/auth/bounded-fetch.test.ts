import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createBoundedFetch } from './bounded-fetch.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that answers 204 when the test lets it; `/away` redirects. `url` is its address. */
const startServer = async () => {
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    if (request.url === '/away') return response.writeHead(302, { Location: '/' }).end()
    return waiting.push(() => response.writeHead(204).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return { url, waiting }
}

describe('a bounded fetch', () => {
  it('fails at once while `max` requests are under way, and works again after one of them', async () => {
    const { url, waiting } = await startServer()
    const fetch = createBoundedFetch(2, 10_000)
    const [first, second] = [fetch(url), fetch(url)]
    await expect(fetch(url)).rejects.toThrow('too many requests')
    await expect.poll(() => waiting.length).toBe(2)
    waiting.shift()?.()
    await Promise.race([first, second])
    const third = fetch(url)
    await expect.poll(() => waiting.length).toBe(2)
    for (const answer of waiting) answer()
    expect((await Promise.all([first, second, third])).map(({ status }) => status)).toEqual([204, 204, 204])
  })

  it('fails after its deadline, and frees its place', async () => {
    const { url } = await startServer()
    const fetch = createBoundedFetch(1, 50)
    // Had the first one kept its place, the second one would fail at once and with another message.
    for (let n = 0; n < 2; n++) await expect(fetch(url)).rejects.toThrow('timeout')
  })

  it('follows no redirect', async () => {
    const { url } = await startServer()
    await expect(createBoundedFetch(1, 10_000)(`${url}/away`)).rejects.toThrow()
  })
})
