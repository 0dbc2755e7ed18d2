import { randomUUID } from 'node:crypto'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { ProblemCode } from '@recto/shared/errors'
import { refusalOf } from './problems.ts'

/** Errors of Node.js about requests that reach no handler. Any other error means that a request is not valid HTTP. */
const codes = new Map<unknown, ProblemCode>([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'payload_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

const refusal = (error?: object) => {
  const code = error && 'code' in error ? codes.get(error.code) : undefined
  const id = randomUUID()
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'X-Request-Id': id }
  return { ...refusalOf(code ?? 'invalid_request', id), headers }
}

/** In milliseconds. */
type Timeouts = {
  /** For the headers of a request. */
  headersTimeout: number
  /** For a whole request. */
  requestTimeout: number
  /** Between two looks for requests that are late. */
  connectionsCheckingInterval: number
}
const defaultTimeouts: Timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 }

/**
 * Creates an HTTP server for an app's `fetch`; it does not listen yet. Requests that are not valid HTTP (400), too large
 * (431, 413) or late (408) are answered with a problem as well.
 */
export const createHttpServer = (
  fetch: (request: Request) => Response | Promise<Response>,
  timeouts = defaultTimeouts,
): Server => {
  const errorHandler = () => {
    const { body, status, headers } = refusal()
    return new Response(body, { status, headers })
  }
  const listener = getRequestListener(fetch, { errorHandler })
  // HTTP/1.0 needs no Host, and the health checks of HAProxy send none.
  const listener10 = getRequestListener(fetch, { errorHandler, hostname: 'localhost' })
  // Connections stay open longer than usual load balancers keep them (60 s), so that the server does not close one in
  // use. Requests without a Host reach the error handler, which answers with a problem.
  const options = { ...timeouts, keepAliveTimeout: 72_000, requireHostHeader: false }
  const server = createServer(options, (request, response) =>
    request.httpVersion === '1.0' ? listener10(request, response) : listener(request, response),
  )
  server.on('clientError', (error, socket) => {
    if (!socket.writable) return socket.destroy()
    const { body, status, headers } = refusal(error)
    const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) })
    const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map((line) => line.join(': '))]
    return socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
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
