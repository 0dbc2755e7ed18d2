import { execFile } from 'node:child_process'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Authority, type CertifiedHost, createAuthority } from '../../support/certificates.ts'
import { postTo, receive, receiveHttp, receiveRaw } from './receiver.ts'

let [own, other]: Authority[] = []
beforeAll(async () => {
  ;[own, other] = [await createAuthority('Own'), await createAuthority('Other')]
})
afterEach(() => void vi.unstubAllEnvs())

/** A server with a certificate of the own authority for a host, and what it was asked. */
const receiveTls = async (host: CertifiedHost) => {
  const { certificate: cert = '', key = '' } = (await own?.issue(host)) ?? {}
  const asked: unknown[] = []
  const server = createHttpsServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (request, response) => {
    const servername = 'servername' in request.socket ? request.socket.servername : undefined
    asked.push({ host: request.headers.host, servername })
    response.end()
  })
  return { ...(await receive(server)), asked }
}

const name: CertifiedHost = { type: 2, value: 'hooks.example.com' }
const url = ({ port }: { port: number }, host = 'hooks.example.com') => `https://${host}:${port}/`
const post = (to: string, authority = own) => postTo(to, { ca: authority?.certificate ?? '' })

describe('createPost over TLS', () => {
  test('delivers to a server with a certificate for the name, and tells it the name', async () => {
    const server = await receiveTls(name)
    await using _ = server
    expect(await post(url(server))).toMatchObject({ ok: true, status: 200 })
    expect(server.asked).toEqual([{ host: `hooks.example.com:${server.port}`, servername: 'hooks.example.com' }])
    await expect.poll(server.open).toBe(0)
  })

  test('delivers to an address with a certificate for it, and tells no name', async () => {
    const server = await receiveTls({ type: 7, ip: '127.0.0.1' })
    await using _ = server
    expect(await post(url(server, '127.0.0.1'))).toMatchObject({ ok: true, status: 200 })
    expect(server.asked).toEqual([{ host: `127.0.0.1:${server.port}`, servername: false }])
  })

  test.each<[string, CertifiedHost, string, string]>([
    ['for another name', { type: 2, value: 'other.example.com' }, 'hooks.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['for the address of the name', { type: 7, ip: '127.0.0.1' }, 'hooks.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['for a name, at an address', name, '127.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('sends nothing to a server with a certificate %s', async (_, certified, host, code) => {
    const server = await receiveTls(certified)
    await using _server = server
    expect(await post(url(server, host))).toMatchObject({ class: 'tls', message: `no TLS connection (${code})` })
    expect(server.asked).toEqual([])
    await expect.poll(server.open).toBe(0)
  })

  test('sends nothing to a server whose authority is unknown, also when Node is told to trust all of them', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const server = await receiveTls(name)
    await using _ = server
    expect(await post(url(server), other)).toMatchObject({ class: 'tls', status: null })
    expect(server.asked).toEqual([])
  })

  test('sends nothing to a server without TLS', async () => {
    let requests = 0
    await using server = await receiveHttp(() => void requests++)
    expect(await post(url(server))).toMatchObject({ class: 'tls' })
    expect(requests).toBe(0)
    await expect.poll(server.open).toBe(0)
  })

  test('ends early when the server sends what has no meaning, as fast as it can', async () => {
    const { certificate: cert = '', key = '' } = (await own?.issue(name)) ?? {}
    // It reads as well: a socket that only writes may not notice that the other end is closed.
    const flood = (socket: TLSSocket) => {
      socket.on('error', () => undefined).resume()
      socket.write('\r\n'.repeat(10_000_000))
    }
    await using server = await receive(createTlsServer({ cert, key }, flood))
    expect(await post(url(server))).toMatchObject({ class: 'connection', status: null })
    await expect.poll(server.open).toBe(0)
  })

  test('ends in time when the server does not end the handshake', async () => {
    await using server = await receiveRaw('')
    expect(await postTo(url(server), { deadlineMs: 300 })).toMatchObject({ class: 'timeout' })
    await expect.poll(server.open).toBe(0)
  })
})

test('createPost uses no proxy of the environment', async () => {
  await using proxy = await receiveHttp((_, response) => response.end())
  await using server = await receiveHttp((_, response) => response.end())
  const module = fileURLToPath(new URL('./receiver.ts', import.meta.url))
  const code = `const { postTo } = await import(${JSON.stringify(module)})
    console.log(JSON.stringify(await postTo('http://hooks.example.com:${server.port}/')))`
  const address = `http://127.0.0.1:${proxy.port}`
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: '' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { env })
  expect(JSON.parse(stdout)).toMatchObject({ ok: true })
  expect([proxy.connections.length, server.connections.length]).toEqual([0, 1])
})
