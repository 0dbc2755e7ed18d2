import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { malformedRequest } from './problems.ts'

const malformed = (): { body: string; headers: Record<string, string> } => {
  const id = randomUUID()
  return { body: malformedRequest(id), headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': id } }
}

/**
 * Creates an HTTP server for an app's `fetch`; it does not listen yet. Requests that are not valid HTTP are answered
 * with a problem as well.
 */
export const createHttpServer = (fetch: (request: Request) => Response | Promise<Response>): Server => {
  const errorHandler = () => {
    const { body, headers } = malformed()
    return new Response(body, { status: 400, headers })
  }
  // Connections stay open longer than usual load balancers keep them (60 s), so that the server does not close one in
  // use.
  const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 72_000 }
  // Requests without a Host reach the error handler, which answers with a problem.
  const server = createServer({ ...timeouts, requireHostHeader: false }, getRequestListener(fetch, { errorHandler }))
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return socket.destroy()
    const { body, headers } = malformed()
    const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) })
    return socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`)
  })
  return server
}

/**
 * Refuses new connections, and resolves when the requests under way have ended. After `ms` their connections are
 * closed.
 */
export const closeServer = async (server: Server, ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const timer = setTimeout(() => server.closeAllConnections(), ms)
  await promise
  clearTimeout(timer)
}
