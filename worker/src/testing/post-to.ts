import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { post } from '../llm/wire/post.ts'

/** The port on which a server listens; 0 when it does not. */
export const portOf = (server: TcpServer): number => {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** A server that listens, and the connections that were made to it. */
export type Listening = { port: number; connections: Socket[] } & AsyncDisposable

/** Lets a server listen on a free port of 127.0.0.1, and closes its connections at the end. */
export const listening = async (server: TcpServer): Promise<Listening> => {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => void connections.push(socket.on('error', () => undefined)))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: portOf(server),
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** An HTTP server on a free port of 127.0.0.1. */
export const httpServer = (listener: RequestListener) => listening(createHttpServer(listener))

/** A server that answers each connection with the same bytes, and then ends it if `end` is true. */
export const rawServer = (bytes: string, end = false) =>
  listening(
    createTcpServer((socket) => void socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes)))),
  )

/** A server that accepts connections and says nothing, so that no handshake ends. */
export const mute = () => listening(createTcpServer())

/** What a POST sends that is not the usual. */
export type Sent = { body?: string; signal?: AbortSignal; headers?: Record<string, string> }

/** Sends a POST. `sent` tells how many times `onSend` was called. */
export const postTo = (url: string, { body = '{"a":"Zażółć"}', signal, headers = {} }: Sent = {}) => {
  const sent = { times: 0 }
  const onSend = () => void sent.times++
  const response = post(url, { headers: new Headers(headers), body, signal: signal ?? null, onSend })
  response.catch(() => undefined)
  return { response, sent }
}

/** An address at a server. */
export const at = ({ port }: Listening, scheme = 'http') => `${scheme}://127.0.0.1:${port}/v1/chat`
