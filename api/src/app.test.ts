import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AppDeps } from './app.ts'
import { exampleGeneration as generation } from './testing/example-generation.ts'
import { startApp } from './testing/start-app.ts'

const { id } = generation
const generations = '/api/ai/generations'

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
    const { agent, lines } = startApp(failing(new Error('secret of the driver')))
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
    const { agent } = startApp(failing(refused))
    const { status, body, headers } = await agent.post(generations).set(signedIn).send({ source_text: text })
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'database_unavailable', '2'])
    expect([headers['x-ratelimit-limit'], headers['ratelimit-policy']]).toEqual(['5', '"generations";q=5;w=300'])
    expect([headers['x-ratelimit-remaining'], headers.ratelimit]).toEqual([undefined, undefined])
  })
})

describe('a read of a generation', () => {
  const there: Partial<AppDeps> = { findGeneration: async () => generation }

  it('by HEAD has the same headers and no body', async () => {
    const { agent } = startApp(there)
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
    const { agent } = startApp(there)
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
    const { agent } = startApp(there)
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
    const { agent } = startApp({ origins: ['https://app.example'] })
    const { status, headers } = await agent.options(generations).set({
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': name.toLowerCase(),
    })
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(',')
    expect([status, allowed]).toEqual([204, expect.arrayContaining([name.toLowerCase()])])
  })
})

describe('the OpenAPI document', () => {
  const Operations = z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))
  const Document = z.object({ paths: z.record(z.string(), Operations) })

  it('names every status of every endpoint', async () => {
    const document = Document.parse((await startApp().agent.get('/openapi.json')).body)
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
      'post /api/cards/import': '200 400 401 403 409 413 429 500 503',
      'post /api/cards': '201 400 401 403 409 413 415 429 500 503',
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
      'post /api/ai/webhooks': '201 400 401 403 409 413 415 429 500 503',
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
      'post /api/ai/test': '200 400 401 402 403 409 413 415 429 500 502 503',
    })
  })
})

describe('the log', () => {
  const statusesOf = (lines: string[]) =>
    lines.map((line) => z.object({ status: z.int() }).parse(JSON.parse(line)).status)
  const readAndFail = async (logReads: number) => {
    const { agent, lines } = startApp({
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
    const { agent, lines } = startApp({ logReads: 0.5, findGeneration: async () => generation })
    for (let n = 0; n < 100; n++) await agent.get(`${generations}/${id}`).set(signedIn)
    // Fewer than 20 or more than 80 of a hundred come once in a billion runs.
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.length).toBeLessThan(80)
  })
})
