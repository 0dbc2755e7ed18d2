import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { malformedRequest } from './problems.ts'

const malformed = (): { body: string; headers: Record<string, string> } => {
  const id = randomUUID()
  return { body: malformedRequest(id), headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': id } }
}

/** An HTTP server for an app's `fetch`, not listening yet. Even what is no HTTP gets a problem as its answer. */
export const createHttpServer = (fetch: (request: Request) => Response | Promise<Response>): Server => {
  const errorHandler = () => {
    const { body, headers } = malformed()
    return new Response(body, { status: 400, headers })
  }
  // Longer than the idle time of usual load balancers (60 s), so that it is not this side that closes under a request.
  const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 72_000 }
  // Without a Host it goes on to the handler above, which knows how a problem looks.
  const server = createServer({ ...timeouts, requireHostHeader: false }, getRequestListener(fetch, { errorHandler }))
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return socket.destroy()
    const { body, headers } = malformed()
    const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) })
    return socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`)
  })
  return server
}

/** Refuses new connections at once and waits for the requests under way; what is left after `ms` is cut off. */
export const closeServer = async (server: Server, ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const timer = setTimeout(() => server.closeAllConnections(), ms)
  await promise
  clearTimeout(timer)
}
