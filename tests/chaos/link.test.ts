import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLink, type Link, type LinkMode } from './link.ts'
import { createNotificationFilter } from './notification-filter.ts'

const message = (type: string, body: string) => {
  const bytes = Buffer.from(`${type}....${body}`)
  bytes.writeInt32BE(bytes.length - 1, 1)
  return bytes
}

describe('the filter of notifications', () => {
  it('leaves out notifications alone, however the bytes are cut', () => {
    const sent = [
      message('D', 'row A'),
      message('A', 'hint'),
      message('C', 'done'),
      message('A', ''),
      message('Z', 'I'),
    ]
    const bytes = Buffer.concat(sent)
    const wanted = Buffer.concat([message('D', 'row A'), message('C', 'done'), message('Z', 'I')])
    for (const size of [1, 2, 3, 7, 100]) {
      const filters = { drop: createNotificationFilter(), keep: createNotificationFilter() }
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      expect(Buffer.concat(pieces.map((piece) => filters.drop(piece, true)))).toEqual(wanted)
      expect(Buffer.concat(pieces.map((piece) => filters.keep(piece, false)))).toEqual(bytes)
    }
  })
})

describe('a link', () => {
  const received: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      received.push(data.toString())
      socket.write(`answer to ${data}`)
    })
  })
  let link: Link
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    link = await createLink({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  })
  afterAll(() => {
    link.stop()
    server.close()
  })

  const open = async (): Promise<{ socket: Socket; answers: () => string }> => {
    const socket = connect(link.port, '127.0.0.1')
    let answers = ''
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        answers += data
      })
    await once(socket, 'connect')
    return { socket, answers: () => answers }
  }
  const come = (isThere: () => boolean) => until(isThere, { what: 'what was sent', timeoutMs: 20_000 })

  it.each<[LinkMode, boolean]>([
    ['hold', false],
    ['hold there', false],
    ['hold back', true],
  ])('with %s keeps what is sent until it passes again, and loses nothing', async (mode, arrives) => {
    const { socket, answers } = await open()
    link.set(mode)
    socket.write(mode)
    const other = await open()
    if (arrives) await come(() => received.includes(mode))
    else expect(received).not.toContain(mode)
    expect(answers()).toBe('')
    link.set('pass')
    await come(() => answers() === `answer to ${mode}`)
    other.socket.write('later')
    await come(() => other.answers() === 'answer to later')
  })

  it('that is held delivers what was sent before its sender went away', async () => {
    const { socket } = await open()
    link.set('hold')
    socket.write('a last word')
    socket.destroySoon()
    await come(() => socket.closed)
    expect(received).not.toContain('a last word')
    link.set('pass')
    await come(() => received.includes('a last word'))
  })

  it('that is slow answers no sooner than after 200 ms each way', async () => {
    const { socket, answers } = await open()
    link.set('slow')
    const start = performance.now()
    socket.write('slowly')
    await come(() => answers() === 'answer to slowly')
    expect(performance.now() - start).toBeGreaterThanOrEqual(399)
    link.set('pass')
  })

  it('that refuses breaks its connections and takes no new ones', async () => {
    const { socket } = await open()
    const isClosed = (one: Socket) => come(() => one.closed)
    link.set('refuse')
    await isClosed(socket)
    await isClosed(connect(link.port, '127.0.0.1').on('error', () => undefined))
    link.set('pass')
    const { socket: last, answers } = await open()
    last.write('again')
    await come(() => answers() === 'answer to again')
  })
})
