import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { PROVIDER_CONNECT_MS, PROVIDER_IDLE_MS } from '../../deadlines.ts'
import { bodyOf } from './response-body.ts'

/**
 * A POST with a text as its body. `onSend` is called when its connection is open, right before the first byte of the
 * request is written: a request that failed without this call was certainly not received.
 */
export type Post = { headers: Headers; body: string; signal: AbortSignal | null; onSend(): void }

/** Connections at once to one address. More than the slots of a worker and their hedges use. */
const maxConnections = 1_000

/** Keeps connections open. Like Node's `fetch`, it uses the proxies of the environment if NODE_USE_ENV_PROXY is 1. */
const pool = {
  keepAlive: true,
  timeout: PROVIDER_IDLE_MS,
  maxSockets: maxConnections,
  proxyEnv: process.env.NODE_USE_ENV_PROXY === '1' ? process.env : undefined,
}
const agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) }

/** Whether a connection is made. The ALPN protocol of a TLS socket is null until its handshake is over. */
const isOpen = (socket: Socket): boolean =>
  !socket.connecting && !(socket instanceof TLSSocket && socket.alpnProtocol === null)

const pairsOf = ({ rawHeaders }: IncomingMessage): [name: string, value: string][] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, at) => [rawHeaders[2 * at] ?? '', rawHeaders[2 * at + 1] ?? ''])

/**
 * Checks the status by itself: the server of the worker's health replaces the global `Response` by one that takes any.
 * @throws RangeError when the status is none that a `Response` can have, for example 999
 */
const responseOf = (message: IncomingMessage): Response => {
  const { statusCode: status = 0 } = message
  if (status < 200 || status > 599) throw new RangeError(`${status} is no status of an answer`)
  return new Response(bodyOf(message), { status, headers: pairsOf(message) })
}

/**
 * Sends a POST by `node:http`, which takes less CPU time than `fetch`, and resolves when the headers of the response
 * arrive. It follows no redirect and sends nothing twice, also not when a kept connection turns out to be closed. An
 * abort of the signal ends the request and the body of its response at any time.
 * @throws what the connection throws, AbortError after an abort
 */
export const post = (url: string, { headers, body, signal, onSend }: Post): Promise<Response> =>
  new Promise((resolve, reject) => {
    const aborted = () => new DOMException('the request was aborted', 'AbortError')
    if (signal?.aborted) return reject(aborted())
    const isEncrypted = url.startsWith('https:')
    const options = {
      method: 'POST',
      agent: isEncrypted ? agents.https : agents.http,
      headers: { ...Object.fromEntries(headers), 'accept-encoding': 'identity' },
    }
    const request = (isEncrypted ? httpsRequest : httpRequest)(url, options)
    // A request that has no socket yet reports its error only later, so `reject` is called as well.
    const end = (error: Error) => {
      request.destroy(error)
      reject(error)
    }
    const onAbort = () => end(aborted())
    const connectTimer = setTimeout(() => end(new Error('connect timeout')), PROVIDER_CONNECT_MS)
    signal?.addEventListener('abort', onAbort, { once: true })
    request.once('close', () => {
      clearTimeout(connectTimer)
      signal?.removeEventListener('abort', onAbort)
      // A connection that the server turns to another protocol (101) is closed without an error.
      reject(new Error('the connection was closed'))
    })
    // Not `once`: a connection can fail again after its response has begun. The body reports that.
    request.on('error', reject)
    request.once('response', (message) => {
      try {
        resolve(responseOf(message))
      } catch (error) {
        request.destroy()
        reject(error)
      }
    })
    const write = () => {
      clearTimeout(connectTimer)
      onSend()
      request.end(body)
    }
    // Nothing is written before the connection is open and its certificate accepted, so that it is known whether the
    // request left.
    request.once('socket', (socket) => {
      if (isOpen(socket)) write()
      else socket.once(isEncrypted ? 'secureConnect' : 'connect', write)
    })
  })
