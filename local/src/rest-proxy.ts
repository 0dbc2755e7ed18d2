import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { PROXY_SILENCE_MS } from './deadlines.ts'

export type RestProxyOptions = { port: number | undefined; publishableKey: string }

const prefix = '/rest/v1'
// Hop-by-hop headers belong to one connection, and PostgREST has no use for the gateway's API key.
const dropped = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'apikey'])

export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS',
  'access-control-max-age': '3600',
}

/** Whether a URL is `/rest/v1` or below it. */
export const isRestPath = (url: string): boolean =>
  url.startsWith(prefix) && (url.length === prefix.length || '/?'.includes(url.charAt(prefix.length)))

const sendError = (response: ServerResponse, status: number, message: string): void => {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json', ...corsHeaders })
  response.end(JSON.stringify({ message }))
}

/** Headers that came several times stay several, as gateways pass them on: PostgREST does not read them as one. */
const forwardedHeaders = (incoming: IncomingMessage, publishableKey: string) => {
  const headers: Record<string, string[]> = {}
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    if (dropped.has(name)) continue
    // supabase-js sends the publishable key as the token of a caller who is not signed in. PostgREST would reject it.
    if (name === 'authorization' && values.includes(`Bearer ${publishableKey}`)) continue
    headers[name] = values
  }
  if (incoming.headers['transfer-encoding']) headers['transfer-encoding'] = ['chunked']
  return headers
}

/**
 * Passes `/rest/v1/*` on to PostgREST as Supabase's gateway does: it requires the publishable key and streams bodies
 * both ways.
 */
export const createRestProxy = ({ port, publishableKey }: RestProxyOptions) => {
  // PostgREST closes connections that were idle for 30 s. A shorter limit here avoids sending on a closing connection.
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: PROXY_SILENCE_MS })

  /** The error for a missing or wrong key, or a missing PostgREST. */
  const errorFor = (key: string | string[] | null): [number, string] | undefined => {
    if (key === null) return [401, 'No API key found in request']
    if (key !== publishableKey) return [401, 'Invalid API key']
    return port === undefined ? [503, 'npm has no PostgREST for this platform'] : undefined
  }

  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(incoming.url ?? '/', 'http://gateway')
    const denied = errorFor(incoming.headers.apikey ?? url.searchParams.get('apikey'))
    if (denied) {
      sendError(response, ...denied)
      return
    }
    // PostgREST would take a key in the query for a column. A query without one is passed on byte for byte.
    url.searchParams.delete('apikey')
    const search = incoming.url?.includes('apikey=') ? url.search : (incoming.url?.match(/\?.*$/s)?.[0] ?? '')
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port,
      method: incoming.method,
      path: `${url.pathname.slice(prefix.length) || '/'}${search}`,
      headers: forwardedHeaders(incoming, publishableKey),
    })
    outgoing.on('response', (upstream) => {
      const { connection, 'keep-alive': _, ...headers } = upstream.headers
      response.writeHead(upstream.statusCode ?? 502, { ...headers, 'access-control-allow-origin': '*' })
      upstream.pipe(response)
      upstream.on('error', () => response.destroy())
    })
    outgoing.on('error', () => sendError(response, 503, 'PostgREST cannot be reached'))
    response.on('close', () => response.writableFinished || outgoing.destroy())
    incoming.pipe(outgoing)
  }
  return { handle, close: () => agent.destroy() }
}
