import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selfSigned } from '../../testing/certificate.ts'
import { portOf } from '../../testing/post-to.ts'

const asked: string[] = []
/** A proxy that writes down what it is asked for. It forwards HTTPS and answers for the HTTP servers itself. */
const proxy = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  request.resume()
  response.end('by the proxy')
}).on('connect', ({ url }, client) => {
  asked.push(`CONNECT ${url}`)
  const upstream = connect(Number(url?.split(':')[1]), '127.0.0.1', () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    upstream.pipe(client).pipe(upstream)
  })
  for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy())
})
const secure = createHttpsServer(selfSigned, (request, response) => {
  request.resume()
  response.end('by the server')
})
const servers: Server[] = [proxy, secure]

beforeAll(() =>
  Promise.all(servers.map((server) => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)))),
)
afterAll(() => servers.forEach((server) => void server.close()))

/** Sends a POST in a process of its own, because Node reads the variables of proxies when a process starts. */
const postWith = async (url: string, env: Record<string, string>) => {
  const module = fileURLToPath(new URL('./post.ts', import.meta.url))
  const code = `const { post } = await import(${JSON.stringify(module)}); let sent = 0
    const options = { headers: new Headers(), body: '{}', signal: null, onSend: () => sent++ }
    console.log(await (await post(${JSON.stringify(url)}, options)).text(), sent)`
  const all = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', ...env }
  const args = ['--no-warnings', '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: all })
  return stdout.trim()
}

const proxied = () => {
  const address = `http://127.0.0.1:${portOf(proxy)}`
  return { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: '' }
}

test('post uses the proxies of the environment when NODE_USE_ENV_PROXY is 1, as fetch does', async () => {
  asked.length = 0
  const env = { ...proxied(), NODE_USE_ENV_PROXY: '1' }
  expect(await postWith('http://acme.example/v1', env)).toBe('by the proxy 1')
  expect(await postWith(`https://acme.example:${portOf(secure)}/v1`, env)).toBe('by the server 1')
  expect(asked).toEqual(['POST http://acme.example/v1', `CONNECT acme.example:${portOf(secure)}`])
})

test('post uses no proxy otherwise, as fetch does', async () => {
  asked.length = 0
  expect(await postWith(`https://127.0.0.1:${portOf(secure)}/v1`, proxied())).toBe('by the server 1')
  expect(asked).toEqual([])
})
