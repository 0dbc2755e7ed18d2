import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'

export type RestProxyOptions = { port: number | undefined; publishableKey: string }

const prefix = '/rest/v1'
// Hop-by-hop headers are this connection's business; the key is the gateway's.
const dropped = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'apikey'])

export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS',
  'access-control-max-age': '3600',
}

export const isRestPath = (url: string): boolean =>
  url.startsWith(prefix) && (url.length === prefix.length || '/?'.includes(url.charAt(prefix.length)))

const answer = (response: ServerResponse, status: number, message: string): void => {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json', ...corsHeaders })
  response.end(JSON.stringify({ message }))
}

const forwardedHeaders = (incoming: IncomingMessage, publishableKey: string) => {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || dropped.has(name)) continue
    // supabase-js sends the publishable key as the bearer of somebody who is not signed in: no token, so anon.
    if (name === 'authorization' && value === `Bearer ${publishableKey}`) continue
    headers[name] = value
  }
  if (incoming.headers['transfer-encoding']) headers['transfer-encoding'] = 'chunked'
  return headers
}

/** Passes `/rest/v1/*` on to PostgREST as Supabase's gateway does: only with the publishable key, bodies streamed both ways. */
export const createRestProxy = ({ port, publishableKey }: RestProxyOptions) => {
  // PostgREST closes a connection that was idle for 30 s: one is not used again so late that both ends race.
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 20_000 })

  const refusal = (key: string | string[] | null): [number, string] | undefined => {
    if (key === null) return [401, 'No API key found in request']
    if (key !== publishableKey) return [401, 'Invalid API key']
    return port === undefined ? [503, 'npm has no PostgREST for this platform'] : undefined
  }

  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(incoming.url ?? '/', 'http://gateway')
    const refused = refusal(incoming.headers.apikey ?? url.searchParams.get('apikey'))
    if (refused) {
      answer(response, ...refused)
      return
    }
    // The query stays as it was written, unless the key stands in it: PostgREST would take the key for a column.
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
    outgoing.on('error', () => answer(response, 503, 'PostgREST cannot be reached'))
    response.on('close', () => response.writableFinished || outgoing.destroy())
    incoming.pipe(outgoing)
  }
  return { handle, close: () => agent.destroy() }
}
