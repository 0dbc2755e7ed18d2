import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { at, httpServer, postTo, rawServer } from '../../testing/post-to.ts'

describe('the body of a response to post', () => {
  const head = 'HTTP/1.1 200 OK\r\n'

  test.each([
    ['shorter than its length', `${head}content-length: 9\r\n\r\nfour`],
    ['without its last chunk', `${head}transfer-encoding: chunked\r\n\r\n4\r\nfour\r\n`],
    ['with a malformed chunk', `${head}transfer-encoding: chunked\r\n\r\n4\r\nfour\r\nzz\r\n`],
  ])('hands on what it has read, and then fails, when the body is %s', async (_, bytes) => {
    await using server = await rawServer(bytes, true)
    const reader = (await postTo(at(server)).response).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('four')
    await expect(reader?.read()).rejects.toBeInstanceOf(Error)
  })

  test.each([204, 205, 304])('returns a %i without a body, and uses the connection again', async (status) => {
    await using server = await rawServer('')
    const answers = () => server.connections[0]?.write(`HTTP/1.1 ${status} Fine\r\ncontent-length: 0\r\n\r\n`)
    for (let n = 0; n < 2; n++) {
      const { response, sent } = postTo(at(server))
      await expect.poll(() => sent.times).toBe(1)
      answers()
      expect([(await response).status, (await response).body]).toEqual([status, null])
      await new Promise((later) => setTimeout(later, 20))
    }
    expect(server.connections).toHaveLength(1)
  })
})

describe('post with an encoded body', () => {
  const text = 'data: {"a":1}\n\n'.repeat(5_000)
  const encoded = (encoding: string, body: Buffer) =>
    httpServer((_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(body))

  test.each([
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('decodes %s, which it has not asked for', async (encoding, body) => {
    await using server = await encoded(encoding, body)
    expect(await (await postTo(at(server)).response).text()).toBe(text)
  })

  test('fails, and closes the connection, when the body is encoded so often that decoding takes all memory', async () => {
    await using server = await encoded(Array(1_000).fill('br').join(), Buffer.from(text))
    const before = process.getActiveResourcesInfo().length
    await expect(postTo(at(server)).response).rejects.toThrow('1000 encodings')
    await expect.poll(() => server.connections[0]?.destroyed).toBe(true)
    expect(process.getActiveResourcesInfo().length - before).toBeLessThan(100)
  })

  test.each([
    ['is not gzip', Buffer.from(text)],
    ['is cut off', gzipSync(text).subarray(0, 60)],
  ])('fails when the body %s', async (_, body) => {
    await using server = await encoded('gzip', body)
    await expect((await postTo(at(server)).response).text()).rejects.toBeInstanceOf(Error)
  })
})

describe('post with a body that is read slowly', () => {
  /** A server that writes without end, and counts the bytes. */
  const flood = async (encoding: string, chunk: Buffer) => {
    const written = { bytes: 0 }
    const server = await httpServer((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding })
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) written.bytes += chunk.length
        if (!response.destroyed) response.once('drain', write)
      }
      write()
    })
    return { server, written }
  }

  test.each([
    ['identity', Buffer.alloc(65_536, 120)],
    ['gzip', gzipSync(Buffer.alloc(65_536, 120))],
  ])('lets the server wait, and closes the connection when the body is cancelled (%s)', async (encoding, chunk) => {
    const { server, written } = await flood(encoding, chunk)
    await using _ = server
    const response = await postTo(at(server)).response
    let before = -1
    await expect
      .poll(
        () => {
          const isStill = written.bytes === before
          before = written.bytes
          return isStill
        },
        { interval: 100, timeout: 5_000 },
      )
      .toBe(true)
    expect(written.bytes).toBeLessThan(50_000_000)
    await response.body?.cancel()
    await expect.poll(() => server.connections[0]?.destroyed).toBe(true)
  })
})
