import { once } from 'node:events'
import { createServer } from 'node:http'
import { freePort } from '@recto/local/ports'
import { publicKeySet } from '@recto/local/signing-keys'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, hmacToken, strangerToken, unsignedToken } from '../support/forged-tokens.ts'
import { type ApiPerson, type ApiSystem, callAs, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { connect, outcomeOf, type Send } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const issue = (request: Partial<Parameters<ApiSystem['system']['supabase']['issueToken']>[0]>) =>
  apiSystem.system.supabase.issueToken({ sub: ana.id, ...request })
const claims = (more: object = {}) => claimsOf(ana.id, `${apiSystem.system.supabase.supabaseUrl}/auth/v1`, { ...more })
const keys = () => apiSystem.system.supabase.secrets.keys
const publicKey = () => publicKeySet(keys()).keys[0]
const pem = () => `-----BEGIN PUBLIC KEY-----\n${keys().es256.x}\n-----END PUBLIC KEY-----\n`
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Arrays inside each other. */
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

/** A valid token whose header is replaced, with its original signature. */
const withHeader = async (header: object) => (await issue({})).replace(/^[^.]+/, part(header))
const withClaims = async (more: object) => (await issue({})).replace(/\.[^.]+\./, `.${part(claims(more))}.`)

describe('an invalid access token', () => {
  const bad: [name: string, createToken: () => string | Promise<string>][] = [
    ['nothing after Bearer', () => ''],
    ['one part', () => 'oneword'],
    ['two parts', () => 'a.b'],
    ['three empty parts', () => '..'],
    ['three parts that are not JSON', () => 'not.a.token'],
    ['five parts', async () => `${await issue({})}.x.y`],
    ['the publishable key', () => apiSystem.system.supabase.publishableKey],
    ['an expired token', () => issue({ expiresIn: -1 })],
    ['without exp', () => issue({ overrides: { exp: undefined } })],
    ['exp as text', () => issue({ overrides: { exp: '9999999999' } })],
    ['a token not valid before tomorrow', () => issue({ overrides: { nbf: Math.floor(Date.now() / 1000) + 86_400 } })],
    ['of another issuer', () => issue({ iss: 'https://other.supabase.co/auth/v1' })],
    [
      'of an issuer that only begins with the right URL',
      () => issue({ iss: `${apiSystem.system.supabase.supabaseUrl}/auth/v1/` }),
    ],
    ['without an issuer', () => issue({ overrides: { iss: undefined } })],
    ['for another audience', () => issue({ aud: 'anon' })],
    ['without an audience', () => issue({ overrides: { aud: undefined } })],
    ['with the role anon', () => issue({ role: 'anon' })],
    ['with the role service_role', () => issue({ role: 'service_role' })],
    ['with the role postgres', () => issue({ role: 'postgres' })],
    ['without a role', () => issue({ overrides: { role: undefined } })],
    ['without a sub', () => issue({ overrides: { sub: undefined } })],
    ['with a sub that is not a uuid', () => issue({ overrides: { sub: "' or true --" } })],
    ['unsigned, alg none', () => unsignedToken(claims())],
    ['alg none in capitals, with a signature', () => withHeader({ alg: 'NONE', typ: 'JWT', kid: keys().kid })],
    ['alg none, with the signature of a valid token', () => withHeader({ alg: 'none', typ: 'JWT', kid: keys().kid })],
    ['HS256 by the public key as JSON', () => hmacToken(claims(), JSON.stringify(publicKey()), keys().kid)],
    ['HS256 by the public key as PEM', () => hmacToken(claims(), pem(), keys().kid)],
    ['HS256 by the x of the public key', () => hmacToken(claims(), Buffer.from(keys().es256.x, 'base64url'))],
    ['HS256 by the publishable key', () => hmacToken(claims(), apiSystem.system.supabase.publishableKey)],
    ['HS256 with an empty secret', () => hmacToken(claims(), '')],
    ['a wrong key under the right id', () => strangerToken(claims(), keys().kid)],
    ['a wrong key under an unknown id', () => strangerToken(claims(), 'nobody')],
    ['no key id', () => withHeader({ alg: 'ES256', typ: 'JWT' })],
    ['RS256 with the id of an EC key', () => withHeader({ alg: 'RS256', typ: 'JWT', kid: keys().kid })],
    ['a key of its own in the header', () => withHeader({ alg: 'ES256', typ: 'JWT', kid: 'mine', jwk: publicKey() })],
    [
      'a critical extension',
      () => withHeader({ alg: 'ES256', typ: 'JWT', kid: keys().kid, crit: ['b64'], b64: false }),
    ],
    ['claims changed after signing', () => withClaims({ sub: '00000000-0000-4000-8000-000000000000' })],
    ['with U+0000 in a claim', () => issue({ overrides: { user_metadata: { name: 'a\u0000b' } } })],
    ['with U+0000 behind a backslash', () => issue({ overrides: { note: 'a\\\u0000' } })],
    ['with U+0000 in the name of a claim', () => issue({ overrides: { app_metadata: { 'a\u0000': 1 } } })],
    ['with a high surrogate alone', () => issue({ overrides: { user_metadata: ['a\ud83d'] } })],
    ['with a low surrogate alone', () => issue({ overrides: { user_metadata: ['\ude00a'] } })],
    ['with surrogates in the wrong order', () => issue({ algorithm: 'HS256', overrides: { note: '\ude00\ud83d' } })],
    ['a signature cut short', async () => (await issue({})).slice(0, -4)],
    ['an empty signature', async () => (await issue({})).replace(/[^.]+$/, '')],
  ]

  it.each(bad)('answers 401: %s', async (_name, createToken) => {
    const token = await createToken()
    const headers = { authorization: `Bearer ${token}` }
    const answer = await apiSystem.send('GET', generationsPath, { headers })
    expect(outcomeOf(answer)).toBe('401 unauthorized')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    if (token !== '') expect(answer.text).not.toContain(token)
  })

  it.each([undefined, 'Basic YTpi', 'bearer', 'Token x', `Bearer ${'a'.repeat(9000)}`])(
    'answers 401: %s',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      expect(outcomeOf(await apiSystem.send('GET', generationsPath, { headers }))).toBe('401 unauthorized')
    },
  )

  it('gets 401 from every endpoint before anything else is validated', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    const endpoints = [
      ['POST', generationsPath],
      ['GET', generationsPath],
      ['GET', `${generationsPath}?limit=nonsense`],
      ['GET', `${generationsPath}/${id}`],
      ['GET', `${generationsPath}/no-id`],
      ['GET', `${generationsPath}/${id}/suggestions`],
      ['POST', `${generationsPath}/${id}/cancel`],
      ['DELETE', `${generationsPath}/${id}`],
    ] as const
    for (const [method, path] of endpoints) {
      for (const headers of [{}, { authorization: `Bearer ${await issue({ expiresIn: -1 })}` }]) {
        expect(outcomeOf(await apiSystem.send(method, path, { headers })), `${method} ${path}`).toBe('401 unauthorized')
      }
    }
  })

  it('gets 401 once it expires, although it was accepted before', async () => {
    const person = callAs(apiSystem.send, { token: await issue({ expiresIn: 5 }) })
    expect(outcomeOf(await person('GET', generationsPath))).toBe('200')
    const expired = async () => outcomeOf(await person('GET', generationsPath)) === '401 unauthorized'
    await until(expired, { what: 'the end of the token', timeoutMs: 20_000 })
  })
})

describe('a valid access token', () => {
  it.each<[string, Parameters<typeof issue>[0]]>([
    ['ES256', {}],
    ['HS256 of the project’s legacy secret', { algorithm: 'HS256' }],
    ['with the words of an escape', { overrides: { user_metadata: { name: '\\u0000 \\ud83d 😀' } } }],
    ['with a claim of 2,000 levels', { overrides: { deep: deep(2000) } }],
    ['with several audiences', { overrides: { aud: ['other', 'authenticated'] } }],
  ])('answers 200: %s', async (_name, request) => {
    const person = callAs(apiSystem.send, { token: await issue(request) })
    expect(outcomeOf(await person('GET', generationsPath))).toBe('200')
  })
})

describe('an access token from an issuer whose clock is ahead', () => {
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
  it.each<[string, 200 | 401, () => object]>([
    ['nbf 20 seconds ahead', 200, () => ({ nbf: inSeconds(20) })],
    ['iat 20 seconds ahead', 200, () => ({ iat: inSeconds(20) })],
    ['both 20 seconds ahead', 200, () => ({ iat: inSeconds(20), nbf: inSeconds(20) })],
    ['fractions of a second', 200, () => ({ iat: inSeconds(20) + 0.5, nbf: inSeconds(-1) + 0.5 })],
    ['no iat', 200, () => ({ iat: undefined })],
    ['nbf 40 seconds ahead', 401, () => ({ nbf: inSeconds(40) })],
    ['iat 40 seconds ahead', 401, () => ({ iat: inSeconds(40) })],
    ['iat as text', 401, () => ({ iat: `${inSeconds(-10)}` })],
    ['nbf as text', 401, () => ({ nbf: `${inSeconds(-10)}` })],
  ])('is answered by the API as by PostgREST: %s', async (_name, status, overrides) => {
    const { supabaseUrl, publishableKey } = apiSystem.system.supabase
    const headers = {
      authorization: `Bearer ${await issue({ overrides: { ...overrides() } })}`,
      apikey: publishableKey,
    }
    const direct = await fetch(`${supabaseUrl}/rest/v1/ai_generations?select=id&limit=1`, { headers })
    await direct.text()
    const answer = await apiSystem.send('GET', generationsPath, { headers })
    expect([answer.status, direct.status]).toEqual([status, status])
  })
})

describe('reads of several people that travel together', () => {
  it('are answered although one of the people has a token with claims that Postgres cannot store', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => apiSystem.person()))
    const ids = await Promise.all(people.map(async (person) => idOf(await person.submit())))
    const bad = await issue({ overrides: { user_metadata: { name: '\u0000', note: '\udfff' } } })
    const badRead = () => callAs(apiSystem.send, { token: bad })('GET', `${generationsPath}/${ids[0]}`)
    const reads = Array.from({ length: 10 }, () => [
      ...people.map((person, n) => person.call('GET', `${generationsPath}/${ids[n]}`)),
      badRead(),
    ])
    const outcomes = (await Promise.all(reads.flat())).map(outcomeOf)
    expect(outcomes).toEqual(Array(10).fill(['200', '200', '200', '200', '401 unauthorized']).flat())
  })
})

describe('the API without the auth service', () => {
  it('answers 503 instead of 401, and accepts tokens again after the outage', async () => {
    // Replaces the project's auth service and serves the same keys.
    let away = true
    const auth = createServer((_request, response) => {
      if (away) response.destroy()
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(publicKeySet(keys())))
    })
    const port = await freePort()
    await once(auth.listen(port, '127.0.0.1'), 'listening')
    const supabaseUrl = `http://127.0.0.1:${port}`
    const api = await apiSystem.system.startApi({ SUPABASE_URL: supabaseUrl }, { ready: false })
    const lives = () =>
      fetch(`${api.url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      )
    await until(lives, { what: 'the start of the API', timeoutMs: 20_000 })
    const send: Send = await connect(api.url)
    const person = callAs(send, { token: await issue({ iss: `${supabaseUrl}/auth/v1` }) })

    const answer = await person('GET', generationsPath)
    expect(outcomeOf(answer)).toBe('503 auth_unavailable')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    const legacy = callAs(send, { token: await issue({ iss: `${supabaseUrl}/auth/v1`, algorithm: 'HS256' }) })
    expect(outcomeOf(await legacy('GET', generationsPath))).toBe('503 auth_unavailable')
    expect((await send('GET', '/readyz')).status).toBe(503)
    const expired = callAs(send, { token: await issue({ iss: `${supabaseUrl}/auth/v1`, expiresIn: -1 }) })
    expect(outcomeOf(await expired('GET', generationsPath))).toBe('401 unauthorized')

    away = false
    const back = async () => outcomeOf(await person('GET', generationsPath)) === '200'
    await until(back, { what: 'the way back', timeoutMs: 30_000 })
    away = true
    const known = await issue({ iss: `${supabaseUrl}/auth/v1`, expiresIn: 60 })
    expect(outcomeOf(await callAs(send, { token: known })('GET', generationsPath))).toBe('200')
    await api.stop()
    auth.close()
  })
})
