import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import type { Lookup } from '../../../worker/src/webhooks/lookup.ts'
import { createPost, type PostDeps } from '../../../worker/src/webhooks/post.ts'

/** A server on a free port of 127.0.0.1, and the connections that were made to it. */
export const receive = async (server: Server) => {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => void connections.push(socket.on('error', () => undefined)))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    connections,
    open: () => connections.filter(({ destroyed }) => !destroyed).length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export const receiveHttp = (listener: RequestListener) => receive(createHttpServer(listener))

/** A server that answers the begin of a request with `first`, and goes on with `more` every 10 ms if there is more. */
export const receiveRaw = (first: string, more?: string) =>
  receive(
    createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(first)
        if (more === undefined) return
        const timer = setInterval(() => socket.write(more), 10)
        socket.once('close', () => clearInterval(timer))
      })
    }),
  )

/** The name of every test's endpoint leads to this machine. */
const loopback: Lookup = async () => ['127.0.0.1']

/** Posts to an endpoint while the operator allows this machine's loopback addresses, for any port and scheme. */
export const postTo = (url: string, deps: Partial<PostDeps> = {}, signal = new AbortController().signal) => {
  const allow = allowListVariable.parse('127.0.0.0/8:* http://127.0.0.0/8:*')
  const post = createPost({ allow, lookup: loopback, ...deps })
  return post(url, { headers: { 'webhook-id': 'msg_1' }, body: '{"type":"généré"}', signal })
}
