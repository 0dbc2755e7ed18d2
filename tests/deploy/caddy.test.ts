import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { type Child, logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let api: Service
let caddy: Child
let folder: string
let ports: { http: number; https: number }
let authority: string
beforeAll(async () => {
  system = await startSystem()
  api = await system.startApi({ TRUSTED_PROXIES: '127.0.0.1' })
  folder = mkdtempSync(join(tmpdir(), 'recto-caddy-'))
  mkdirSync(join(folder, 'data'))
  ports = { http: await freePort(), https: await freePort() }
  caddy = await startChild({
    name: 'caddy',
    command: 'caddy',
    args: ['run', '--config', join(projectRoot, 'deploy', 'Caddyfile'), '--adapter', 'caddyfile'],
    env: {
      PATH: process.env.PATH,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      CADDY_ADMIN: `unix/${join(folder, 'admin.sock')}`,
      RECTO_DOMAIN: 'localhost',
      RECTO_SUPABASE: 'self-hosted',
      HTTP_PORT: String(ports.http),
      HTTPS_PORT: String(ports.https),
      API_UPSTREAM: new URL(api.url).host,
      AUTH_UPSTREAM: new URL(system.supabase.supabaseUrl).host,
      REST_UPSTREAM: new URL(system.supabase.postgrestUrl ?? '').host,
    },
    logFile: join(folder, 'caddy.log'),
  })
  // Caddy makes an authority of its own for localhost. A public name gets its certificate from a public one.
  const root = join(folder, 'data', 'caddy', 'pki', 'authorities', 'local', 'root.crt')
  const listening = async () => {
    if (!caddy.alive()) throw new Error(logTail(caddy.logFile))
    try {
      authority = readFileSync(root, 'utf8')
      return (await send('/livez')).status === 200
    } catch {
      return false
    }
  }
  await until(listening, { what: 'the start of Caddy', timeoutMs: 60_000 })
})
afterAll(async () => {
  if (caddy) await stopChild(caddy, 'SIGTERM', 10_000)
  await system?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const submitted = z.object({ generation_id: z.string() })

/** A request over TLS with the certificate checked; resolves when the answer's head is there. */
const open = (path: string, headers: RequestOptions['headers'] = {}): Promise<IncomingMessage> => {
  const request = get({ host: 'localhost', port: ports.https, path, ca: authority, headers, agent: false })
  return new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject))
}

const send = async (path: string, headers: RequestOptions['headers'] = {}) => {
  const answer = await open(path, headers)
  const body = Buffer.concat(await answer.toArray())
  return { status: answer.statusCode, headers: answer.headers, body }
}

describe('Caddy in front of the API', () => {
  test('serves the API by TLS, and sends everybody there who comes by HTTP', async () => {
    const plain = await fetch(`http://localhost:${ports.http}/readyz`, { redirect: 'manual' })
    expect(plain.status).toBe(308)
    expect(plain.headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/readyz$/)
    expect((await send('/readyz')).status).toBe(200)
  })

  test('compresses JSON', async () => {
    const plain = await send('/openapi.json')
    const packed = await send('/openapi.json', { 'accept-encoding': 'gzip' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.body.length).toBeLessThan(plain.body.length / 4)
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
  })

  test('adds security headers, and leaves those of the API as they are', async () => {
    for (const path of ['/openapi.json', '/docs', '/api/ai/generations']) {
      const [direct, { headers }] = [await fetch(`${api.url}${path}`), await send(path)]
      expect(headers, path).toMatchObject({
        'strict-transport-security': expect.stringContaining('max-age=63072000'),
        'x-content-type-options': 'nosniff',
        'x-frame-options': expect.any(String),
        'referrer-policy': expect.any(String),
      })
      expect(headers.server, path).toBeUndefined()
      for (const name of ['content-security-policy', 'referrer-policy', 'x-frame-options'])
        if (direct.headers.has(name)) expect(headers[name], `${path} ${name}`).toBe(direct.headers.get(name))
    }
  })

  test('passes on an event of a stream at once, also to a reader that takes compressed answers', async () => {
    const ana = await system.person(api)
    // No worker runs: the generation waits, and its stream stays open after the first event.
    const { generation_id } = submitted.parse(await (await ana.submit({ source_text: newText() })).json())
    const stream = await open(`/api/ai/generations/${generation_id}/events`, {
      authorization: `Bearer ${ana.token}`,
      'accept-encoding': 'gzip',
    })
    expect(stream.headers).toMatchObject({ 'content-type': expect.stringContaining('text/event-stream') })
    expect(stream.headers['content-encoding']).toBeUndefined()
    stream.setEncoding('utf8')
    const [first] = await once(stream, 'data')
    expect(first).toMatch(/^(retry|event|id|data|:)/)
    expect(stream.readableEnded).toBe(false)

    const rest = text(stream)
    await ana.api(`/api/ai/generations/${generation_id}/cancel`, { method: 'POST' })
    expect(await rest).toContain('cancelled')
  })

  test('tells the API when a reader leaves', async () => {
    const ana = await system.person(api)
    const { generation_id } = submitted.parse(await (await ana.submit({ source_text: newText() })).json())
    const stream = await open(`/api/ai/generations/${generation_id}/events`, { authorization: `Bearer ${ana.token}` })
    await once(stream, 'data')
    stream.destroy()
    const closed = async () => api.log().includes('"ended":"client"')
    await until(closed, { what: 'the end of the stream at the API', timeoutMs: 60_000 })
  })

  test('leads to a self-hosted Auth and PostgREST without their prefixes', async () => {
    const ana = await system.person(api)
    const rows = await send('/rest/v1/ai_generations?select=id', { authorization: `Bearer ${ana.token}` })
    expect([rows.status, JSON.parse(rows.body.toString())]).toEqual([200, []])
    // The local gateway answers below /auth/v1, so it does not know the path that Supabase Auth knows.
    expect((await send('/auth/v1/auth/v1/.well-known/jwks.json')).status).toBe(200)
  })
})
