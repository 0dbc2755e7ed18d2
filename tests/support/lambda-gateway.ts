// Stands in for API Gateway and AWS Lambda: answers HTTP at a port by invoking the function that a package exports, one
// request at a time, with the events of API Gateway (payload version 2.0).
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const Result = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean(),
})

const [program = '', port] = process.argv.slice(2)
const { handler }: { handler(event: object, context: object): Promise<unknown> } = await import(
  pathToFileURL(program).href
)

const eventOf = async (request: IncomingMessage) => {
  const { method = 'GET', url = '/', headers } = request
  const [rawPath = '/', rawQueryString = ''] = url.split('?')
  const { cookie: _, ...others } = headers
  const body = await buffer(request)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)])),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      authentication: null,
      authorizer: {},
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '198.51.100.7', userAgent: 'test' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date().toUTCString(),
      timeEpoch: Date.now(),
    },
    body: body.length === 0 ? null : body.toString('base64'),
    isBase64Encoded: body.length > 0,
  }
}

/** An instance answers one request at a time. */
let last: Promise<unknown> = Promise.resolve()
const invoke = (event: object): Promise<unknown> => {
  const result = last.then(() => handler(event, { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 29_000 }))
  last = result.catch(() => undefined)
  return result
}

createServer(async (request, response) => {
  const { statusCode, headers, body, isBase64Encoded } = Result.parse(await invoke(await eventOf(request)))
  response.writeHead(statusCode, headers).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
}).listen(Number(port), '127.0.0.1')
