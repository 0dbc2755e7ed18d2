import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'

/** What a process holds after a round of deliveries, by type. `bytes`: on the heap and of buffers. */
const Round = z.object({ connections: z.int(), held: z.array(z.string()), bytes: z.int() })

/** Posts 40 times in each of eight rounds. The server answers each time in another way, and some deliveries are aborted. */
const script = `
  import { createServer } from 'node:net'
  import { postTo, receive } from '${import.meta.resolve('./receiver.ts')}'

  const status = (line, rest) => 'HTTP/1.1 ' + line + '\\r\\n' + rest
  const answers = [
    '',
    'no HTTP',
    status('200 OK', ''),
    status('204 Done', '\\r\\n'),
    status('200 OK', 'content-length: 9\\r\\n\\r\\nbegin'),
    status('302 Found', 'location: http://127.0.0.1/\\r\\n\\r\\n'),
    status('500 No', '\\r\\n' + 'x'.repeat(1_000_000)),
    status('101 Switching', 'upgrade: x\\r\\nconnection: upgrade\\r\\n\\r\\n'),
  ]
  let at = 0
  const answer = (socket) => socket.once('data', () => socket.write(answers[at++ % answers.length]))
  const server = await receive(createServer(answer))

  const post = (n) => {
    const stop = new AbortController()
    if (n % 7 === 0) setTimeout(() => stop.abort(), 20)
    const url = (n % 5 === 0 ? 'https' : 'http') + '://hooks.example.com:' + server.port
    return postTo(url, { deadlineMs: 200 }, stop.signal).catch(() => undefined)
  }
  const held = () => process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|TLSWrap|Timeout)$/.test(name))
  for (let round = 0; round < 8; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, n) => post(n)))
    const giveUpAt = Date.now() + 20_000
    while (held().length > 0 && Date.now() < giveUpAt) await new Promise(setImmediate)
    const connections = server.connections.splice(0).length
    for (let n = 0; n < 5; n++) {
      gc()
      await new Promise(setImmediate)
    }
    const { heapUsed, external } = process.memoryUsage()
    console.log(JSON.stringify({ connections, held: held(), bytes: heapUsed + external }))
  }
  process.exit()
`

test('createPost frees its connections, timers and memory, however a delivery ends', async () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const rounds = stdout
    .trim()
    .split('\n')
    .map((line) => Round.parse(JSON.parse(line)))
  expect(rounds).toHaveLength(8)
  expect(rounds.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThan(200)
  expect(rounds.flatMap(({ held }) => held)).toEqual([])
  const [warm, last] = [rounds[2], rounds.at(-1)]
  expect((last?.bytes ?? 0) - (warm?.bytes ?? 0)).toBeLessThan(2_000_000)
})
