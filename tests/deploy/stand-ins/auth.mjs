import { createServer } from 'node:http'

const answers = {
  '/health': { name: 'stand-in' },
  // A project with a secret has no public keys.
  '/.well-known/jwks.json': { keys: [] },
}
const server = createServer((request, response) => {
  const answer = answers[request.url]
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
})
server.listen(Number(process.env.GOTRUE_API_PORT), process.env.GOTRUE_API_HOST)
process.once('SIGTERM', () => process.exit(0))
