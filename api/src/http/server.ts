import { randomUUID } from 'node:crypto'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { ProblemCode } from '@recto/shared/errors'
import { refusalOf } from './problems.ts'

/** Errors of Node.js about requests that reach no handler. Any other error means that a request is not valid HTTP. */
const codes = new Map<unknown, ProblemCode>([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'payload_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

const refusal = (code: ProblemCode) => {
  const id = randomUUID()
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'X-Request-Id': id }
  return { ...refusalOf(code, id), headers }
}

/** Answers a problem on the connection itself, and closes it. */
const refuse = (socket: Duplex, code: ProblemCode): void => {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { body, status, headers } = refusal(code)
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) })
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map((line) => line.join(': '))]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
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
 * Creates an HTTP server for an app's `fetch`; it does not listen yet. Requests that are not valid HTTP (400), ask for a
 * tunnel (405), are too large (431, 413) or late (408) are answered with a problem as well.
 */
export const createHttpServer = (
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  timeouts = defaultTimeouts,
): Server => {
  const errorHandler = () => {
    const { body, status, headers } = refusal('invalid_request')
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
  server.on('clientError', (error, socket) =>
    refuse(socket, ('code' in error ? codes.get(error.code) : undefined) ?? 'invalid_request'),
  )
  // Node.js would close the connection without an answer. It leaves the socket to this listener, errors included.
  server.on('connect', (_, socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('finish', () => socket.destroy())
    refuse(socket.resume(), 'method_not_allowed')
  })
  // Node.js would answer 417 without a problem. An expectation that a server does not know may be ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
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
