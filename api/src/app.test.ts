import { createLog } from '@recto/shared/log'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type AppDeps, createApp } from './app.ts'
import { createHttpServer } from './http/server.ts'
import { exampleAppDeps } from './testing/example-app.ts'
import { exampleGeneration as generation } from './testing/example-generation.ts'

const { id } = generation
const generations = '/api/ai/generations'

/** The app without a database, and the lines of its log. */
const start = (more: Partial<AppDeps> = {}) => {
  const lines: string[] = []
  const log = createLog('api', 'info', { write: (line) => lines.push(line) })
  const app = createApp({ ...exampleAppDeps(), log, ...more })
  return { agent: request(createHttpServer(app.fetch)), lines }
}

const signedIn = { Authorization: 'Bearer good' }
const text = 'A fact about lighthouses. '.repeat(50)
const failing = (error: Error): Partial<AppDeps> => ({
  readAs: () => Promise.reject(error),
  findGeneration: () => Promise.reject(error),
  writeAs: () => Promise.reject(error),
  inTurn: () => Promise.reject(error),
})

describe('an unexpected error', () => {
  it('is answered 500, with its message neither in the answer nor in the log', async () => {
    const { agent, lines } = start(failing(new Error('secret of the driver')))
    const { status, body } = await agent.get(`${generations}/${id}`).set(signedIn)
    expect([status, body.code]).toEqual([500, 'internal_error'])
    expect(JSON.stringify(body) + lines.join()).not.toContain('secret of the driver')
    const [line] = lines.map((entry) => JSON.parse(entry))
    expect(line).toMatchObject({ level: 'error', code: 'internal_error', user_id: 'ann', route: `${generations}/:id` })
  })
})

describe('an unreachable database', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })

  it('is answered 503 with Retry-After and the limits, and does not say what is left', async () => {
    const { agent } = start(failing(refused))
    const { status, body, headers } = await agent.post(generations).set(signedIn).send({ source_text: text })
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'database_unavailable', '2'])
    expect([headers['x-ratelimit-limit'], headers['ratelimit-policy']]).toEqual(['5', '"generations";q=5;w=300'])
    expect([headers['x-ratelimit-remaining'], headers.ratelimit]).toEqual([undefined, undefined])
  })
})

describe('the body of a submission', () => {
  const post = (body: string, headers: Record<string, string> = {}) => {
    const sending = start()
      .agent.post(generations)
      .set({ ...signedIn, 'Content-Type': 'application/json', ...headers })
    return sending.send(body)
  }

  it.each([
    ['another type', 415, 'unsupported_media_type', '{}', { 'Content-Type': 'text/plain' }],
    ['another charset', 415, 'unsupported_media_type', '{}', { 'Content-Type': 'application/json; charset=latin1' }],
    ['compression', 415, 'unsupported_media_type', '{}', { 'Content-Encoding': 'gzip' }],
    ['unfinished JSON', 400, 'invalid_json', '{', {}],
    ['no content', 400, 'invalid_json', '', {}],
    ['a lone surrogate', 400, 'invalid_json', '{"source_text": "\\ud8"}', {}],
    ['null', 400, 'invalid_request', 'null', {}],
    ['an array', 400, 'invalid_request', '[]', {}],
    ['no text', 400, 'invalid_request', '{}', {}],
    ['an unknown key', 400, 'invalid_request', JSON.stringify({ source_text: text, extra: 1 }), {}],
    ['a __proto__', 400, 'invalid_request', `{"__proto__": {}, "source_text": ${JSON.stringify(text)}}`, {}],
    ['a bad option', 400, 'invalid_request', JSON.stringify({ source_text: text, options: { max_cards: '3' } }), {}],
    ['a short text', 400, 'invalid_text', JSON.stringify({ source_text: 'too short' }), {}],
    ['a blank text', 400, 'invalid_text', JSON.stringify({ source_text: ' '.repeat(2000) }), {}],
    ['an unknown model', 400, 'unknown_model', JSON.stringify({ source_text: text, model: 'none' }), {}],
    ['too many bytes', 413, 'payload_too_large', `"${'x'.repeat(1024 * 1024)}"`, {}],
  ])('with %s is answered %i %s', async (_, status, code, body, headers) => {
    const answer = await post(body, headers)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.headers.ratelimit).toBe('"generations";r=3;t=60')
  })

  it.each([
    ['too many bytes and no token', 413, { Authorization: '' }, 'x'.repeat(1024 * 1024)],
    ['too many bytes and a bad token', 413, { Authorization: 'Bearer bad' }, 'x'.repeat(1024 * 1024)],
    ['no token', 401, { Authorization: '' }, ''],
    ['a bad token', 401, { Authorization: 'Bearer bad' }, ''],
  ])('with %s is answered %i with the limits, and not with what is left', async (_, status, headers, body) => {
    const answer = await post(JSON.stringify(body), headers)
    expect([answer.status, answer.headers['ratelimit-policy']]).toEqual([status, '"generations";q=5;w=300'])
    expect(answer.headers['x-ratelimit-limit']).toBe('5')
    expect([answer.headers['x-ratelimit-remaining'], answer.headers.ratelimit]).toEqual([undefined, undefined])
  })

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; charset=utf8',
    'application/json;charset=UTF8;',
    'application/json;',
    'application/json ; ',
    'application/json; profile="https://app.example/a;b"',
    'application/json; charset=utf-8; version=2',
    'application/json; version=2; charset=utf-8',
  ])('is read with the content type %s', async (type) => {
    const body = JSON.stringify({ source_text: text, model: 'none' })
    const answer = await post(body, { 'Content-Type': type })
    expect([answer.status, answer.body.code]).toEqual([400, 'unknown_model'])
  })

  it.each([
    'application/json; charset=utf-16',
    'application/json; version=2; charset=iso-8859-1',
    'application/json; charset=nonsense',
    'application/jsonx',
    'application/json-patch+json',
    'application/problem+json',
    'text/json',
    'json',
    'application/x-www-form-urlencoded',
    'text/plain; a=application/json',
    'application/json, text/plain',
  ])('is answered 415 with the content type %s', async (type) => {
    const answer = await post(JSON.stringify({ source_text: text, model: 'none' }), { 'Content-Type': type })
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type'])
  })

  it('with 500 unknown keys is answered with at most twenty issues', async () => {
    const keys = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, n]))
    expect((await post(JSON.stringify(keys))).body.errors).toHaveLength(20)
  })
})

describe('a read of a generation', () => {
  const there: Partial<AppDeps> = { findGeneration: async () => generation }

  it('by HEAD has the same headers and no body', async () => {
    const { agent } = start(there)
    const [got, head] = [
      await agent.get(`${generations}/${id}`).set(signedIn),
      await agent.head(`${generations}/${id}`).set(signedIn),
    ]
    expect(head.status).toBe(200)
    expect(head.headers.etag).toBe(got.headers.etag)
    expect(head.text ?? '').toBe('')
    expect(got.headers.vary?.split(/, ?/)).toEqual(['Authorization', 'Origin'])
  })

  it('with the current ETag is answered 304, with ETag and Retry-After', async () => {
    const { agent } = start(there)
    const { headers } = await agent.get(`${generations}/${id}`).set(signedIn)
    const again = await agent.get(`${generations}/${id}`).set({ ...signedIn, 'If-None-Match': String(headers.etag) })
    expect(again.status).toBe(304)
    expect(again.headers).toMatchObject({
      etag: headers.etag,
      'retry-after': '10',
      'cache-control': 'private, no-cache',
    })
  })

  it('with a malformed id is answered 404, with a bad query 400', async () => {
    const { agent } = start(there)
    expect((await agent.get(`${generations}/1`).set(signedIn)).status).toBe(404)
    expect((await agent.get(`${generations}/${id}?wait=31`).set(signedIn)).status).toBe(400)
    expect((await agent.get(`${generations}/${id}?waiting=1`).set(signedIn)).status).toBe(400)
  })
})

describe('a preflight', () => {
  it.each([
    ...['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'Last-Event-ID', 'Prefer', 'X-Request-Id'],
    ...['X-Recto-Account', 'traceparent', 'tracestate', 'baggage', 'sentry-trace'],
  ])('allows the header %s', async (name) => {
    const { agent } = start({ origins: ['https://app.example'] })
    const { status, headers } = await agent.options(generations).set({
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': name.toLowerCase(),
    })
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(',')
    expect([status, allowed]).toEqual([204, expect.arrayContaining([name.toLowerCase()])])
  })
})

describe('a stopping process', () => {
  it('is not ready, and closes connections with their next answer', async () => {
    const { agent } = start({ stopping: AbortSignal.abort() })
    const ready = await agent.get('/readyz')
    expect([ready.status, ready.headers.connection]).toEqual([503, 'close'])
    expect((await agent.get('/livez')).status).toBe(200)
  })
})

describe('health', () => {
  it('is healthy while every service is ok', async () => {
    const { status, body } = await start().agent.get('/health')
    const services = { db: 'ok', queue: 'ok', auth: 'ok', rest: 'ok', workers: 'ok', providers: 'ok' }
    expect([status, body]).toEqual([200, { status: 'healthy', services }])
  })

  it.each(['rest', 'workers', 'providers'])('leaves a process ready while %s is down', async (part) => {
    const checks = { ...exampleAppDeps().checks, [part]: () => Promise.reject(new Error('none')) }
    expect((await start({ checks }).agent.get('/readyz')).status).toBe(200)
    expect((await start({ checks }).agent.get('/up')).status).toBe(200)
  })

  it.each(['rest', 'workers', 'providers'])('answers readiness without a look at %s, which may hang', async (part) => {
    const check = vi.fn(() => new Promise<never>(() => undefined))
    expect((await start({ checks: { ...exampleAppDeps().checks, [part]: check } }).agent.get('/readyz')).status).toBe(
      200,
    )
    expect(check).not.toHaveBeenCalled()
  })

  it('says that a process is stuck from which no connection comes back for a minute', async () => {
    const statusAfter = async (ms: number) => (await start({ stalledMs: () => ms }).agent.get('/livez')).status
    expect([await statusAfter(59_999), await statusAfter(60_000)]).toEqual([200, 503])
  })

  it.each([
    ['db', 'unhealthy', 503],
    ['auth', 'unhealthy', 503],
    ['queue', 'degraded', 200],
    ['rest', 'degraded', 200],
    ['workers', 'degraded', 200],
    ['providers', 'degraded', 200],
  ] as const)('while %s hangs is %s with status %i', async (part, status, code) => {
    const checks = { ...exampleAppDeps().checks, [part]: () => new Promise<never>(() => undefined) }
    const answer = await start({ checks }).agent.get('/health').timeout(3_000)
    expect([answer.status, answer.body.status, answer.body.services[part]]).toEqual([code, status, 'down'])
  })
})

describe('the OpenAPI document', () => {
  const Operations = z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))
  const Document = z.object({ paths: z.record(z.string(), Operations) })

  it('names every status of every endpoint', async () => {
    const document = Document.parse((await start().agent.get('/openapi.json')).body)
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => [
        `${method} ${path}`,
        Object.keys(responses).join(' '),
      ]),
    )
    expect(Object.fromEntries(documented)).toEqual({
      [`post ${generations}`]: '200 202 400 401 402 403 404 409 413 415 422 429 500 503',
      [`get ${generations}`]: '200 400 401 429 500 503',
      [`get ${generations}/{id}`]: '200 304 400 401 404 429 500 503',
      [`post ${generations}/{id}/cancel`]: '200 202 401 404 413 429 500 503',
      [`delete ${generations}/{id}`]: '204 401 404 413 429 500 503',
      [`get ${generations}/{id}/events`]: '200 401 404 429 500 503',
      [`get ${generations}/{id}/result`]: '200 202 304 400 401 404 409 429 500 503',
      [`get ${generations}/{id}/suggestions`]: '200 401 404 429 500 503',
      'post /api/ai/chat': '200 202 400 401 402 403 404 409 413 415 422 429 500 503',
      [`get ${generations}/{id}/findings`]: '200 401 404 429 500 503',
      'patch /api/ai/findings/{id}': '200 400 401 403 404 409 413 415 429 500 503',
      'post /api/ai/findings/review': '200 400 401 403 404 409 413 415 429 500 503',
      'get /api/ai/suggestions': '200 400 401 429 500 503',
      'patch /api/ai/suggestions/{id}': '200 400 401 403 404 409 413 415 429 500 503',
      'post /api/ai/suggestions/review': '200 400 401 403 404 409 413 415 429 500 503',
      'get /api/cards': '200 400 401 429 500 503',
      'get /api/cards/export': '200 400 401 429 500 503',
      'post /api/cards/import': '200 400 401 403 413 429 500 503',
      'post /api/cards': '201 400 401 403 413 415 429 500 503',
      'get /api/cards/due': '200 400 401 429 500 503',
      'post /api/cards/{id}/reviews': '201 400 401 404 412 413 415 422 429 500 503',
      'get /api/cards/{id}': '200 304 401 404 429 500 503',
      'patch /api/cards/{id}': '200 400 401 404 412 413 415 429 500 503',
      'delete /api/cards/{id}': '204 401 404 412 413 429 500 503',
      'get /api/ai/limits': '200 400 401 403 429 500 503',
      'get /api/ai/usage': '200 400 401 403 429 500 503',
      'get /api/operator/cost-by-account': '200 400 401 403 429 500 503',
      'get /api/operator/failures': '200 400 401 403 429 500 503',
      'get /api/operator/generations': '200 400 401 403 429 500 503',
      'get /api/operator/health': '200 400 401 403 429 500 503',
      'get /api/operator/latest-failures': '200 400 401 403 429 500 503',
      'get /api/operator/provider-keys': '200 400 401 403 429 500 503',
      'get /api/operator/queue': '200 400 401 403 429 500 503',
      'get /api/operator/routes': '200 400 401 403 429 500 503',
      'get /api/operator/stuck': '200 400 401 403 429 500 503',
      'get /api/operator/workers': '200 400 401 403 429 500 503',
      'get /api/ai/webhooks': '200 400 401 403 429 500 503',
      'post /api/ai/webhooks': '201 400 401 403 413 415 429 500 503',
      'get /api/ai/webhooks/{id}': '200 401 403 404 429 500 503',
      'patch /api/ai/webhooks/{id}': '200 400 401 403 404 413 415 429 500 503',
      'delete /api/ai/webhooks/{id}': '204 401 403 404 413 429 500 503',
      'post /api/ai/webhooks/{id}/rotate-secret': '200 400 401 403 404 409 413 415 429 500 503',
      'post /api/ai/webhooks/{id}/test': '202 401 403 404 409 413 429 500 503',
      'post /api/ai/webhooks/{id}/replay': '202 400 401 403 404 409 413 415 429 500 503',
      'get /api/ai/webhooks/{id}/deliveries': '200 400 401 403 404 429 500 503',
      'get /api/ai/webhooks/{id}/deliveries/{delivery_id}': '200 401 403 404 429 500 503',
      'post /api/ai/webhooks/{id}/deliveries/{delivery_id}/replay': '202 401 403 404 409 413 429 500 503',
      'get /api/ai/data': '200 401 429 500 503',
      'delete /api/ai/data': '204 401 413 429 500 503',
      'get /api/ai/models': '200 304 400 401 403 429 500 503',
      'post /api/ai/test': '200 400 401 402 403 413 415 429 500 502 503',
    })
  })
})

describe('the log', () => {
  const statusesOf = (lines: string[]) =>
    lines.map((line) => z.object({ status: z.int() }).parse(JSON.parse(line)).status)
  const readAndFail = async (logReads: number) => {
    const { agent, lines } = start({
      logReads,
      findGeneration: async (_, wanted) => (wanted === id ? generation : undefined),
    })
    const { headers } = await agent.get(`${generations}/${id}`).set(signedIn)
    await agent.get(`${generations}/${id}`).set({ ...signedIn, 'If-None-Match': headers.etag ?? '' })
    await agent.head(`${generations}/${id}`).set(signedIn)
    await agent.get(`${generations}/${id.replace('5', '6')}`).set(signedIn)
    await agent.get(`${generations}/${id}`)
    await agent.post(generations).set(signedIn).send({})
    return statusesOf(lines)
  }

  it('has every request when LOG_READS is 1', async () => {
    expect(await readAndFail(1)).toEqual([200, 304, 200, 404, 401, 400])
  })

  it('has no successful read when LOG_READS is 0, but every error and write', async () => {
    expect(await readAndFail(0)).toEqual([404, 401, 400])
  })

  it('has about the fraction of successful reads that LOG_READS says', async () => {
    const { agent, lines } = start({ logReads: 0.5, findGeneration: async () => generation })
    for (let n = 0; n < 100; n++) await agent.get(`${generations}/${id}`).set(signedIn)
    // Fewer than 20 or more than 80 of a hundred come once in a billion runs.
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.length).toBeLessThan(80)
  })
})
