import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Pool } from 'pg'
import { createAuthRoutes } from './auth-routes.ts'
import { CONNECT_MS, KEEP_ALIVE_MS } from './deadlines.ts'
import { corsHeaders, createRestProxy, isRestPath } from './rest-proxy.ts'
import type { SigningKeys } from './signing-keys.ts'

export type GatewayOptions = {
  port: number
  postgrestPort: number | undefined
  keys: SigningKeys
  publishableKey: string
  /** A connection string of a role that may read and write auth.users. */
  databaseUrl: string
}
export type Gateway = { url: string; stop: () => Promise<void> }

/** Starts the server behind SUPABASE_URL. It passes `/rest/v1` on to PostgREST and answers `/auth/v1` itself. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { port, postgrestPort, keys, publishableKey, databaseUrl } = options
  const db = new Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: CONNECT_MS })
  // A restart of Postgres breaks idle connections. Without a listener for such errors, Node would exit.
  db.on('error', () => undefined)
  const rest = createRestProxy({ port: postgrestPort, publishableKey })
  const url = `http://127.0.0.1:${port}`
  const auth = getRequestListener(createAuthRoutes({ keys, issuer: `${url}/auth/v1`, publishableKey, db }).fetch)
  const server = createServer((incoming, response) => {
    if (!isRestPath(incoming.url ?? '')) return void auth(incoming, response)
    if (incoming.method !== 'OPTIONS') return rest.handle(incoming, response)
    const asked = incoming.headers['access-control-request-headers']
    response.writeHead(204, { ...corsHeaders, 'access-control-allow-headers': asked ?? '*' }).end()
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    rest.close()
    await db.end()
  }
  return { url, stop }
}
