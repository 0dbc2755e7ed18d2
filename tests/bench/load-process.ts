// Sends prepared HTTP requests over keep-alive connections: the next one as soon as the connection has its response.
import { connect, type Socket } from 'node:net'
import type { Load, Loaded } from './load.ts'

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

/** The position where the first response in `bytes` ends, or undefined while it is incomplete. */
const endOfAnswer = (bytes: Buffer): number | undefined => {
  const headAt = bytes.indexOf(headEnd)
  if (headAt < 0) return undefined
  const bodyAt = headAt + headEnd.length
  const head = bytes.toString('latin1', 0, headAt)
  const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return bytes.length >= bodyAt + Number(length) ? bodyAt + Number(length) : undefined
  if (!/\ntransfer-encoding: *chunked/i.test(head)) return bodyAt
  const lastAt = bytes.indexOf(lastChunk, bodyAt)
  return lastAt < 0 ? undefined : lastAt + lastChunk.length
}

const run = ({ port, connections, ms, requests, status }: Load): Promise<Loaded> => {
  const latencies: number[] = []
  const wrong = new Map<number, number>()
  const sockets: Socket[] = []
  const startedAt = performance.now()
  const endAt = startedAt + ms
  let turn = 0

  const client = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      sockets.push(socket)
      let received = Buffer.alloc(0)
      let sentAt = 0
      const send = () => {
        if (performance.now() >= endAt) return void socket.end(resolve)
        sentAt = performance.now()
        socket.write(requests[turn++ % requests.length] ?? '')
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (bytes) => {
        received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
        const end = endOfAnswer(received)
        if (end === undefined) return
        const answered = Number(received.toString('latin1', 9, 12))
        if (answered === status) latencies.push(performance.now() - sentAt)
        else wrong.set(answered, (wrong.get(answered) ?? 0) + 1)
        received = received.subarray(end)
        send()
      })
    })

  return Promise.all(Array.from({ length: connections }, client)).then(() => {
    for (const socket of sockets) socket.destroy()
    return { latencies, seconds: (performance.now() - startedAt) / 1000, wrong: Object.fromEntries(wrong) }
  })
}

process.on('disconnect', () => process.exit())
process.on('message', (load) => {
  run(load as Load).then(
    (loaded) => process.send?.(loaded),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
