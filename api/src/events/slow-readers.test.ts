import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { peerOf } from '../http/peer.ts'
import { createHttpServer } from '../http/server.ts'
import { readUnacknowledged } from '../http/unacknowledged.ts'
import { exampleGeneration } from '../testing/example-generation.ts'
import { noTexts } from '../testing/no-texts.ts'
import { createStreams } from './streams.ts'

const { id } = exampleGeneration
const readers = 20
const ended: string[] = []
const streams = createStreams({
  find: async () => exampleGeneration,
  findKeyed: async () => [],
  texts: noTexts,
  watch: () => undefined,
  now: Date.now,
  stopping: new AbortController().signal,
  short: false,
  bounds: { all: 100, each: 100 },
  rhythm: { ping: 15, read: 30, stall: 1 },
  stalledMs: 500,
  unacknowledged: readUnacknowledged,
  onClosed: () => undefined,
  metrics: { streamOpened: () => undefined, streamEnded: (reason) => ended.push(reason), eventSent: () => undefined },
})
const caller = { userId: 'ann', claims: '{}', expiresAt: Number.POSITIVE_INFINITY }
const app = new Hono().get('/', async (c) =>
  c.body((await streams.open(caller, id, { after: undefined, peer: peerOf(c.env) })).body, 200),
)
/** The server's side of the connections. */
const connections = new Set<Socket>()
const server = createHttpServer(app.fetch).on('connection', (socket) => connections.add(socket))
let port = 0
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  port = address.port
})
afterAll(() => server.close())

const open = async (): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'data')
  return socket
}
const front = 'x'.repeat(7_000)
let sent = 0
const sendMore = () => {
  const events = [{ type: 'item', key: `k${sent++}`, value: { front } }, { type: 'reset' }]
  streams.live(JSON.stringify({ generation_id: id, attempt: 1, events }))
}

test('readers who take nothing cost a bounded memory and are let go, while one who reads goes on', async () => {
  const slow = await Promise.all(Array.from({ length: readers }, open))
  for (const socket of slow) socket.pause()
  const quick = await open()
  let received = 0
  quick.on('data', (bytes) => {
    received += bytes.toString().split('event: reset').length - 1
  })
  const held = () => [...connections].map((socket) => socket.writableLength)
  await expect
    .poll(
      async () => {
        for (let n = 0; n < 20; n++) {
          sendMore()
          await new Promise((resolve) => setImmediate(resolve))
        }
        // The bytes of a block, and the message that was written when there was still room.
        expect(Math.max(...held())).toBeLessThan(65_536 + 16_384 + 8_000)
        await streams.tick()
        return ended.length
      },
      { interval: 20 },
    )
    .toBe(readers)
  expect(ended).toEqual(Array.from({ length: readers }, () => 'stalled'))
  expect([...connections].filter((socket) => !socket.destroyed)).toHaveLength(1)
  await expect.poll(() => received).toBeGreaterThan(sent / 2)
  quick.destroy()
  await expect.poll(() => ended.at(-1)).toBe('client')
})
