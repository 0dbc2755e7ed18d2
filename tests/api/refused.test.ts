import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'

const most = 120
const Paths = z.looseObject({ paths: z.record(z.string(), z.unknown()) })
let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const start = async (env: Record<string, string> = {}) => connect((await apiSystem.system.startApi(env)).url)
const get = (send: Send, headers: Record<string, string>, path = generationsPath) => send('GET', path, { headers })
const bad = { authorization: 'Bearer not.a.token' }
const from = (address: string) => ({ ...bad, 'x-forwarded-for': address })

/** The outcomes of so many requests, counted, a few at a time. */
const outcomesOf = async (count: number, request: (n: number) => ReturnType<Send>): Promise<Record<string, number>> => {
  const outcomes: Record<string, number> = {}
  for (let n = 0; n < count; n += 20)
    for (const answer of await Promise.all(Array.from({ length: 20 }, (_, m) => request(n + m)))) {
      const outcome = outcomeOf(answer)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  return outcomes
}
const limited = { '401 unauthorized': most, '429 rate_limited': 300 - most }

describe('requests without a valid token', () => {
  it('are limited by address, and people with a token at the same address are not', async () => {
    const send = await start()
    expect(await outcomesOf(300, (n) => get(send, n % 2 ? bad : {}))).toEqual(limited)
    const answer = await get(send, bad, '/api/ai/models')
    expect(outcomeOf(answer)).toBe('429 rate_limited')
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(30)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(answer.headers.get('ratelimit')).toMatch(/^"unauthorized";r=0;t=\d+$/)
    expect(answer.headers.get('ratelimit-policy')).toBe(`"unauthorized";q=${most};w=60`)
    expect(answer.headers.get('www-authenticate')).toBeNull()
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const authorization = `Bearer ${ana.token}`
    expect(outcomeOf(await get(send, { authorization }))).toBe('200')
    expect(outcomeOf(await send('POST', generationsPath, { headers: bad, body: '{}' }))).toBe('429 rate_limited')
    expect(outcomeOf(await get(send, {}, '/health'))).toBe('200')
  })

  it('are counted for the peer when it forges X-Forwarded-For and is no trusted proxy', async () => {
    const send = await start({ TRUSTED_PROXIES: '10.0.0.0/8' })
    expect(await outcomesOf(300, (n) => get(send, from(`198.51.100.${n % 250}`)))).toEqual(limited)
  })

  it('are counted for each client behind a trusted proxy, whatever a client writes before its address', async () => {
    const send = await start({ TRUSTED_PROXIES: '127.0.0.1, ::1, 203.0.113.0/24' })
    const forging = (n: number) => get(send, from(`192.0.2.${n % 250}, 198.51.100.1, 203.0.113.5`))
    expect(await outcomesOf(300, forging)).toEqual(limited)
    expect(outcomeOf(await get(send, from('198.51.100.2')))).toBe('401 unauthorized')
  })
})

describe('the rate-limit headers', () => {
  const numbers = ({ headers }: Awaited<ReturnType<Send>>) => [
    headers.get('x-ratelimit-limit'),
    headers.get('x-ratelimit-remaining'),
  ]

  it('are on every answer below /api/ai, with what the caller has left', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit({ source_text: newText() }))
    const paths = ['', `/${id}`, `/${id}/suggestions`, '?limit=0', '/nothing'].map((path) => generationsPath + path)
    const others = ['/api/ai/limits', '/api/ai/models', '/api/ai/usage']
    for (const path of [...paths, ...others]) {
      const answer = await person.call('GET', path)
      expect([path, ...numbers(answer)]).toEqual([path, '1000', '999'])
      expect(answer.headers.get('ratelimit'), path).toMatch(/^"generations";r=999;t=\d+$/)
    }
    await person.submit({ source_text: newText() })
    expect(numbers(await person.call('GET', paths[0] ?? ''))).toEqual(['1000', '998'])
    // The method is refused before a handler finds out who asks.
    expect(numbers(await person.call('PUT', generationsPath))).toEqual(['1000', '998'])
  })

  /** Every path below /api/ai that the OpenAPI document has, with `id` for its generation. */
  const pathsWith = async (id: string): Promise<string[]> => {
    const { paths } = Paths.parse((await apiSystem.send('GET', '/openapi.json')).json)
    const below = Object.keys(paths).filter((path) => path.startsWith('/api/'))
    expect(below).toContain('/api/ai/generations/{id}/cancel')
    return below.map((path) => path.replace('{id}', id))
  }

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'are on the answer to %s of every path of the OpenAPI document, with what the caller has left',
    async (method) => {
      const id = idOf(await ana.submit({ source_text: newText() }))
      for (const path of await pathsWith(id)) {
        const person = await apiSystem.person()
        // A submission and a connection check of this model are refused, so neither waits for a worker.
        const answer = await person.call(method, path, method === 'POST' ? { body: { model: 'none' } } : {})
        const name = method === 'POST' && path === '/api/ai/test' ? 'connection_checks' : 'generations'
        const most = name === 'generations' ? '1000' : '10'
        expect([path, ...numbers(answer)]).toEqual([path, most, most])
        expect(answer.headers.get('ratelimit'), path).toBe(`"${name}";r=${most};t=0`)
        expect(answer.headers.get('ratelimit-policy'), path).toBe(`"${name}";q=${most};w=60`)
      }
    },
  )

  it('are on the answers to a person’s own generation: read, suggestions, cancel and delete', async () => {
    const person = await apiSystem.person()
    const id = idOf(await person.submit({ source_text: newText() }))
    const requests: [string, string, string][] = [
      ['GET', `/${id}`, '200'],
      ['GET', `/${id}/suggestions`, '200'],
      ['POST', `/${id}/cancel`, '202'],
      ['DELETE', `/${id}`, '204'],
      ['DELETE', `/${id}`, '404 not_found'],
    ]
    for (const [method, path, outcome] of requests) {
      const answer = await person.call(method, generationsPath + path)
      expect([method, path, outcomeOf(answer), ...numbers(answer)]).toEqual([method, path, outcome, '1000', '999'])
    }
  })

  it('are those of a new account on every answer to a request without a token', async () => {
    const send = await start()
    for (const path of await pathsWith(crypto.randomUUID()))
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { headers } = await send(method, path)
        expect(headers.get('x-ratelimit-limit'), `${method} ${path}`).toMatch(/^\d+$/)
        expect(headers.get('ratelimit-policy'), `${method} ${path}`).toMatch(/^"\w+";q=\d+;w=\d+$/)
      }
  })

  it('are not on a CORS preflight, which no route answers', async () => {
    const send = await start({ CORS_ORIGINS: 'https://app.example.org' })
    for (const path of await pathsWith(crypto.randomUUID())) {
      const headers = { origin: 'https://app.example.org', 'access-control-request-method': 'GET' }
      const answer = await send('OPTIONS', path, { headers })
      expect([path, answer.status, ...numbers(answer), answer.headers.get('ratelimit-policy')]).toEqual([
        path,
        204,
        null,
        null,
        null,
      ])
    }
  })

  it('say of a request without a token how many more of them the address may send', async () => {
    const send = await start()
    expect(numbers(await get(send, {}))).toEqual(['120', '119'])
    expect(numbers(await get(send, bad, '/api/ai/usage'))).toEqual(['120', '118'])
    expect(numbers(await get(send, {}, '/api/ai/nothing'))).toEqual(['1000', null])
  })
})
