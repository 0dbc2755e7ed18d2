import { createServer, type Socket } from 'node:net'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listening } from '../testing/post-to.ts'
import { createPost } from './post.ts'

/** Parts of answers, whole and broken. */
const part = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 500 No\r\n',
  'HTTP/1.1 999 Odd\r\n',
  'HTTP/1.1 000 Odd\r\n',
  'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\n',
  'HTTP/1.1 103 Early\r\n\r\n',
  'HTTP/2 200\r\n',
  'content-length: 5\r\n',
  'content-length: -1\r\n',
  'content-length: 99999999999999999999\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: gzip, chunked\r\n',
  'retry-after: 5\r\nretry-after: never\r\n',
  'upgrade: h2c\r\nconnection: upgrade\r\n',
  ': no name\r\n',
  '\r\n',
  '\n',
  'hello',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'zz\r\n',
  '\u0000\u00ff\u00fe',
  '\u0016\u0003\u0001',
)

const ends: ((socket: Socket) => void)[] = [
  (socket) => socket.end(),
  (socket) => socket.destroy(),
  (socket) => socket.resetAndDestroy(),
  () => undefined,
]

const answers = fc.record({
  start: fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 500 No\r\n\r\n'),
  parts: fc.array(part, { maxLength: 8 }),
  waits: fc.boolean(),
  end: fc.constantFrom(...ends),
})

test('createPost has a result whatever bytes a server answers, and however it ends the connection', async () => {
  await fc.assert(
    fc.asyncProperty(answers, async ({ start, parts, waits, end }) => {
      const answer = (socket: Socket) => {
        for (const bytes of [start, ...parts]) socket.write(bytes, 'latin1')
        end(socket)
      }
      await using server = await listening(
        createServer((socket) => {
          if (waits) socket.once('data', () => answer(socket))
          else answer(socket.resume())
        }),
      )
      const post = createPost({ allow: allowListVariable.parse('http://127.0.0.1:*'), deadlineMs: 50 })
      const request = { headers: {}, body: '{}', signal: new AbortController().signal }
      const posted = await post(`http://127.0.0.1:${server.port}/`, request)
      expect(posted.ok || posted.class).toBeOneOf([true, 'connection', 'timeout', 'redirect', 'http_status'])
      expect(posted.status === null || (posted.status >= 200 && posted.status <= 599)).toBe(true)
      expect(posted.latencyMs).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 100 },
  )
})
