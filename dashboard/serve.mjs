// Serves pg-boss's dashboard to this machine. scripts/dashboard.ts starts it, with an environment that has no more than this
// needs. Plain JavaScript, because its packages are installed when it is first wanted.
import { serve } from '@hono/node-server'
import { createDashboardHandler } from '@pg-boss/dashboard/handler'

const { DATABASE_URL: url, PGBOSS_SCHEMA: schema, PORT } = process.env
const handler = createDashboardHandler({ databases: [{ name: 'Recto', url, schema }], auth: true })

/** Its pages need inline scripts and styles. They ask for fonts of another host, which the policy does not let them. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A name that a stranger's page has made to lead here is not one of these. */
const names = ['127.0.0.1', 'localhost']

const answer = async (request) => {
  if (!names.includes(new URL(request.url).hostname)) return new Response('Not this host.', { status: 421 })
  const response = await handler(request)
  const headers = new Headers(response.headers)
  headers.set('content-security-policy', policy)
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-content-type-options', 'nosniff')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

const server = serve({ fetch: answer, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) => {
  process.stdout.write(`The dashboard of pg-boss is at http://127.0.0.1:${port}\n`)
})
const stop = async () => {
  server.close()
  server.closeAllConnections()
  await handler.close()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
