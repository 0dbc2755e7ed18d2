import { isDeepStrictEqual } from 'node:util'
import { until } from '@recto/local/until'
import { problems } from '@recto/shared/errors'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiPerson, type ApiSystem, generationsPath, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

const origin = 'https://app.example'
let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem({ CORS_ORIGINS: `${origin},http://localhost:3000` })
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const id = '00000000-0000-4000-8000-000000000000'
describe('an unknown path or method', () => {
  it.each([
    '/api',
    '/api/ai',
    '/api/ai/generation',
    `${generationsPath}/`,
    `${generationsPath}/${id}/cards`,
    '/api/ai/generations%2F',
    '/.env',
    '/openapi.yaml',
    '/docs/../main.ts',
  ])('%s answers 404', async (path) => {
    expect(outcomeOf(await ana.call('GET', path))).toBe('404 not_found')
  })

  it.each([
    ['PUT', generationsPath, ['GET', 'POST']],
    ['PATCH', generationsPath, ['GET', 'POST']],
    ['DELETE', generationsPath, ['GET', 'POST']],
    ['POST', `${generationsPath}/${id}`, ['DELETE', 'GET']],
    ['PUT', `${generationsPath}/${id}`, ['DELETE', 'GET']],
    ['POST', `${generationsPath}/${id}/suggestions`, ['GET']],
    ['POST', `${generationsPath}/${id}/events`, ['GET']],
    ['POST', `${generationsPath}/${id}/result`, ['GET']],
    ['POST', `${generationsPath}/${id}/findings`, ['GET']],
    ['DELETE', `/api/ai/findings/${id}`, ['PATCH']],
    ['GET', `${generationsPath}/${id}/cancel`, ['POST']],
    ['POST', '/api/ai/models', ['GET']],
    ['POST', '/api/ai/suggestions', ['GET']],
    ['DELETE', `/api/ai/suggestions/${id}`, ['PATCH']],
    ['GET', '/api/ai/test', ['POST']],
    ['GET', '/api/ai/chat', ['POST']],
    ['POST', '/openapi.json', ['GET']],
    ['POST', '/livez', ['GET']],
  ])('%s %s answers 405', async (method, path, allowed) => {
    const answer = await ana.call(method, path)
    expect(outcomeOf(answer)).toBe('405 method_not_allowed')
    const allow = answer.headers
      .get('allow')
      ?.split(', ')
      .filter((name) => name !== 'HEAD')
      .toSorted()
    expect(allow).toEqual(allowed)
  })

  it('answers a problem whose type is a page with an explanation', async () => {
    const { json } = await ana.call('GET', '/nothing')
    expect(json).toEqual({
      type: '/problems/not_found',
      title: 'There is no such resource',
      status: 404,
      code: 'not_found',
      request_id: expect.any(String),
    })
    for (const [code, { status, title }] of Object.entries(problems))
      expect((await apiSystem.send('GET', `/problems/${code}`)).json).toMatchObject({ code, status, title })
    expect(outcomeOf(await apiSystem.send('GET', '/problems/toString'))).toBe('404 not_found')
  })
})

describe('CORS', () => {
  const preflight = (from: string) =>
    apiSystem.send('OPTIONS', generationsPath, {
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })

  it.each([origin, 'http://localhost:3000'])('allows the configured origin %s', async (from) => {
    const { status, headers } = await preflight(from)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(from)
    expect(headers.get('access-control-allow-methods')).toContain('POST')
    expect(headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('idempotency-key')
    expect(headers.get('vary')).toContain('Origin')
    for (const token of [ana.token, 'bad']) {
      const answer = await apiSystem.send('GET', generationsPath, {
        headers: { origin: from, authorization: `Bearer ${token}` },
      })
      expect(answer.headers.get('access-control-allow-origin')).toBe(from)
      expect(answer.headers.get('access-control-expose-headers')).toMatch(/X-RateLimit-Remaining/i)
    }
  })

  it.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    'allows no other origin: %s',
    async (from) => {
      expect((await preflight(from)).headers.get('access-control-allow-origin')).toBeNull()
      const answer = await ana.call('GET', generationsPath, { headers: { origin: from } })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    },
  )
})

describe('every response', () => {
  it.each(['/api/ai/generations', '/nothing', '/livez', '/health', '/openapi.json', '/docs'])(
    'of %s is safe in a browser',
    async (path) => {
      const { headers } = await apiSystem.send('GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toMatch(/DENY|SAMEORIGIN/)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/)
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('server')).toBeNull()
    },
  )

  it('carries the X-Request-Id of the request, or a new one when that is malformed', async () => {
    const idFor = async (given: string) =>
      (await ana.call('GET', '/livez', { headers: { 'x-request-id': given } })).headers.get('x-request-id')
    expect(await idFor('trace-1.2:3/4+5=6_')).toBe('trace-1.2:3/4+5=6_')
    for (const bad of ['', 'two words', 'a'.repeat(129), '{"injected":true}', 'ü'])
      expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('the API documentation', () => {
  it('is a valid OpenAPI 3.1 document that names every endpoint', async () => {
    const { json } = await apiSystem.send('GET', '/openapi.json')
    const validator = new Validator()
    const result = await validator.validate(JSON.parse(JSON.stringify(json)))
    expect(result).toMatchObject({ valid: true })
    expect(validator.version).toBe('3.1')
    const operations = Object.entries(JSON.parse(JSON.stringify(json)).paths).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method} ${path}`),
    )
    expect(operations.toSorted()).toEqual([
      'delete /api/ai/data',
      'delete /api/ai/generations/{id}',
      'delete /api/ai/webhooks/{id}',
      'delete /api/cards/{id}',
      'get /api/ai/data',
      'get /api/ai/generations',
      'get /api/ai/generations/{id}',
      'get /api/ai/generations/{id}/events',
      'get /api/ai/generations/{id}/findings',
      'get /api/ai/generations/{id}/result',
      'get /api/ai/generations/{id}/suggestions',
      'get /api/ai/limits',
      'get /api/ai/models',
      'get /api/ai/suggestions',
      'get /api/ai/usage',
      'get /api/ai/webhooks',
      'get /api/ai/webhooks/{id}',
      'get /api/ai/webhooks/{id}/deliveries',
      'get /api/ai/webhooks/{id}/deliveries/{delivery_id}',
      'get /api/cards',
      'get /api/cards/due',
      'get /api/cards/export',
      'get /api/cards/{id}',
      'get /api/operator/cost-by-account',
      'get /api/operator/failures',
      'get /api/operator/generations',
      'get /api/operator/health',
      'get /api/operator/latest-failures',
      'get /api/operator/provider-keys',
      'get /api/operator/queue',
      'get /api/operator/routes',
      'get /api/operator/stuck',
      'get /api/operator/workers',
      'patch /api/ai/findings/{id}',
      'patch /api/ai/suggestions/{id}',
      'patch /api/ai/webhooks/{id}',
      'patch /api/cards/{id}',
      'post /api/ai/chat',
      'post /api/ai/findings/review',
      'post /api/ai/generations',
      'post /api/ai/generations/{id}/cancel',
      'post /api/ai/suggestions/review',
      'post /api/ai/test',
      'post /api/ai/webhooks',
      'post /api/ai/webhooks/{id}/deliveries/{delivery_id}/replay',
      'post /api/ai/webhooks/{id}/replay',
      'post /api/ai/webhooks/{id}/rotate-secret',
      'post /api/ai/webhooks/{id}/test',
      'post /api/cards',
      'post /api/cards/import',
      'post /api/cards/{id}/reviews',
    ])
  })

  it('has a page that loads nothing from other hosts', async () => {
    const { status, text, headers } = await apiSystem.send('GET', '/docs')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/html')
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
    expect(links.length).toBeGreaterThan(1)
    for (const link of links.filter((one) => !one.startsWith('data:'))) {
      expect(link).toMatch(/^\/[^/]/)
      expect((await apiSystem.send('GET', link)).status).toBe(200)
    }
  })
})

describe('GET /health', () => {
  it('reports the state of each service, and is degraded while no worker is alive', async () => {
    expect((await apiSystem.send('GET', '/livez')).status).toBe(200)
    expect((await apiSystem.send('GET', '/readyz')).status).toBe(200)
    const { status, json } = await apiSystem.send('GET', '/health')
    const services = { db: 'ok', queue: 'ok', auth: 'ok', rest: 'ok' }
    const alone = { status: 'degraded', services: { ...services, workers: 'down', providers: 'down' } }
    expect([status, json]).toEqual([200, alone])
    const worker = await apiSystem.system.startWorker()
    const read = async () => (await apiSystem.send('GET', '/health')).json
    const healthy = { status: 'healthy', services: { ...services, workers: 'ok', providers: 'ok' } }
    await until(async () => isDeepStrictEqual(await read(), healthy), { what: 'a healthy answer', timeoutMs: 20_000 })
    await worker.stop()
    await apiSystem.system.admin.query(`update recto.queue_health set measured_at = now() - interval '61 seconds'`)
    await apiSystem.system.admin.query(`update public.ai_routes_health set seen_at = now() - interval '121 seconds'`)
    const again = async () => isDeepStrictEqual(await read(), alone)
    await until(again, { what: 'a degraded answer', timeoutMs: 30_000 })
  })
})
