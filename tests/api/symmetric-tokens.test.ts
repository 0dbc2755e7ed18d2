import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { freePort } from '@recto/local/ports'
import { publicKeySet } from '@recto/local/signing-keys'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, hmacToken } from '../support/forged-tokens.ts'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'
import { connect, outcomeOf } from './client.ts'

const secret = 'the legacy secret of a project, in plain text'
let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

/**
 * An auth service in place of the project's, and an API that uses it. It knows tokens that end with its secret's
 * signature, and lets those wait that say so.
 */
const startBoth = async (env: Record<string, string> = {}) => {
  const asked: string[] = []
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.endsWith('jwks.json'))
      return response.end(JSON.stringify(publicKeySet(apiSystem.system.supabase.secrets.keys)))
    // The API looks whether the project's PostgREST is there.
    if (request.url?.startsWith('/rest/')) return response.end('{}')
    const token = request.headers.authorization?.slice(7) ?? ''
    asked.push(token)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (claims.waits) return waiting.push(response)
    if (hmacToken(claims, secret) === token) return response.end(JSON.stringify({ id: ana.id }))
    return response.writeHead(403).end(JSON.stringify({ code: 'bad_jwt', message: 'signature is invalid' }))
  })
  const port = await freePort()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const supabaseUrl = `http://127.0.0.1:${port}`
  const api = await apiSystem.system.startApi({ SUPABASE_URL: supabaseUrl, TRUSTED_PROXIES: '127.0.0.0/8', ...env })
  const send = await connect(api.url)
  const tokenOf = (by: string, more: object = {}) =>
    hmacToken(claimsOf(ana.id, `${supabaseUrl}/auth/v1`, { ...more }), by)
  const get = async (token: string, from = '198.51.100.1') => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': from }
    return outcomeOf(await send('GET', generationsPath, { headers }))
  }
  const stop = async () => {
    for (const response of waiting.splice(0)) response.writeHead(403).end('{}')
    await api.stop()
    server.close()
    server.closeAllConnections()
  }
  return { asked, waiting, tokenOf, get, stop }
}

describe('an API with SUPABASE_JWT_SECRET', () => {
  it('verifies HS256 tokens by it, and asks the auth service about none', async () => {
    const { asked, tokenOf, get, stop } = await startBoth({ SUPABASE_JWT_SECRET: secret })
    expect(await get(tokenOf(secret))).toBe('200')
    const bad = [
      tokenOf('another secret of a project, in plain text'),
      tokenOf(''),
      tokenOf(apiSystem.system.supabase.publishableKey),
      tokenOf(secret, { exp: 1 }),
      tokenOf(secret, { role: 'service_role' }),
      tokenOf(secret).slice(0, -2),
    ]
    for (const token of bad) expect(await get(token)).toBe('401 unauthorized')
    expect(asked).toEqual([])
    await stop()
  })
})

describe('an API that is started while the auth service is away', () => {
  const start = async (env: Record<string, string> = {}) => {
    const port = await freePort()
    const supabaseUrl = `http://127.0.0.1:${port}`
    const api = await apiSystem.system.startApi({ SUPABASE_URL: supabaseUrl, ...env }, { ready: false })
    const statusOf = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${api.url}${path}`, { headers }).catch(() => undefined))?.status
    await expect.poll(() => statusOf('/livez'), { timeout: 30_000 }).toBe(200)
    return { api, port, supabaseUrl, statusOf }
  }

  it.each(['refuses connections', 'does not answer'])(
    'is ready with SUPABASE_JWT_SECRET, and answers people whose tokens that has signed, when it %s',
    async (how) => {
      const { api, port, supabaseUrl, statusOf } = await start({ SUPABASE_JWT_SECRET: secret })
      const silent = createServer(() => undefined)
      if (how === 'does not answer') await once(silent.listen(port, '127.0.0.1'), 'listening')
      await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(200)
      const token = hmacToken(claimsOf(ana.id, `${supabaseUrl}/auth/v1`, {}), secret)
      expect(await statusOf(generationsPath, { authorization: `Bearer ${token}` })).toBe(200)
      await api.stop()
      silent.close()
      silent.closeAllConnections()
    },
  )

  it('is ready without SUPABASE_JWT_SECRET once the auth service has answered, also that it has no public key', async () => {
    const { api, port, statusOf } = await start()
    expect(await statusOf('/readyz')).toBe(503)
    const server = createServer((_request, response) => response.end('{"keys":[]}'))
    await once(server.listen(port, '127.0.0.1'), 'listening')
    await expect.poll(() => statusOf('/readyz'), { timeout: 10_000 }).toBe(200)
    await api.stop()
    server.close()
    server.closeAllConnections()
  })
})

describe('an API without SUPABASE_JWT_SECRET', () => {
  it('asks the auth service once about a forged token that comes again and again', async () => {
    const { asked, tokenOf, get, stop } = await startBoth()
    const forged = tokenOf('guessed')
    for (let n = 0; n < 5; n++) expect(await get(forged)).toBe('401 unauthorized')
    expect(asked).toEqual([forged])
    await stop()
  })

  it('answers people while one address floods it with forged tokens', async () => {
    const { waiting, tokenOf, get, stop } = await startBoth()
    const outcomes: string[] = []
    const flood = Array.from({ length: 60 }, async (_, n) => {
      outcomes.push(await get(tokenOf('guessed', { waits: n + 1 }), '203.0.113.66'))
    })
    await until(() => waiting.length >= 10, { what: 'the flood', timeoutMs: 20_000 })
    const people = Array.from({ length: 5 }, (_, n) => get(tokenOf(secret), `198.51.100.${n}`))
    expect(await Promise.all(people)).toEqual(Array(5).fill('200'))
    expect(waiting.length).toBe(10)
    // An API that stops closes the connection of a request that it has not received yet.
    await until(() => outcomes.length === 50, { what: 'answers to the rest of the flood', timeoutMs: 20_000 })
    expect(outcomes).toEqual(Array(50).fill('503 auth_unavailable'))
    await stop()
    await Promise.all(flood)
  })
})
