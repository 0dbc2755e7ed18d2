import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCatalog } from '@recto/shared/catalog'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { runProviders } from '../support/run-providers.ts'

const folder = mkdtempSync(join(tmpdir(), 'recto-models-'))
const out = join(folder, 'models.json')
const key = 'key-of-first'

let answer: RequestListener
const asked: { path: string; key: string | undefined }[] = []
const server = createServer((request, response) => {
  asked.push({ path: request.url ?? '', key: request.headers.authorization })
  answer(request, response)
})
let env: Record<string, string>

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const catalog = catalogOf({
    providers: {
      first: { base_url: `${origin}/first`, quirks: { extra: { store: false } } },
      second: { base_url: `${origin}/second` },
    },
    models: { 'acme/small': ['first', 'second'], 'acme/large': ['first'] },
  })
  env = { ...catalogEnv({ folder }, catalog), SECOND_API_KEY: '' }
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  asked.length = 0
  rmSync(out, { force: true })
})

const listed = (...data: object[]): RequestListener => sent(200, JSON.stringify({ data }))
const sent =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body)
const model = (id: string, prompt: string, completion: string, more: object = {}) => ({
  id,
  pricing: { prompt, completion },
  context_length: 100_000,
  ...more,
})
const same = [model('acme/small', '1e-7', '1e-7'), model('acme/large', '1e-7', '1e-7')] as const

/** Runs the command with only the variables of the test. Rejects when the output holds a key. */
const run = async (args: string[], more: Record<string, string> = {}) => {
  const printed = await runProviders(['models', ...args], { ...env, ...more })
  if (`${printed.out}${printed.err}`.includes(key)) throw new Error('the output has a key')
  return printed
}
/** For answers that never come. */
const hurried = { MODEL_FIRST_TOKEN_MS: '1500' }
const written = () => parseCatalog(JSON.parse(readFileSync(out, 'utf8')))
const routeOf = (id: string) => written().models.find((one) => one.id === id)?.routes[0]
/** Nothing is left of a file that was not written whole. */
const files = () => readdirSync(folder).filter((name) => name.startsWith('models.json'))

describe('the command that compares the catalog with the lists of its providers', () => {
  test('writes a catalog with new prices, windows and dates, and keeps all else', async () => {
    answer = listed(model('acme/small', '0.0000002', '3E-7', { context_length: 200_000 }), same[1])
    const { code, out: table } = await run(['--write', out])
    expect(code).toBe(0)
    expect(asked).toEqual([{ path: '/first/models', key: `Bearer ${key}` }])
    expect(table).toMatch(/^first +acme\/small +changed +0\.1 \/ 0\.1 +0\.2 \/ 0\.3 +100000 +200000$/m)
    expect(table).toMatch(/^first +acme\/large +equal /m)
    const today = new Date().toISOString().slice(0, 10)
    const price = { input_per_million: '0.2', output_per_million: '0.3', currency: 'USD', as_of: today }
    expect(routeOf('acme/small')).toMatchObject({ price, context_tokens: 200_000 })
    expect(routeOf('acme/large')?.price).toMatchObject({ input_per_million: '0.1', as_of: today })
    const before = parseCatalog(JSON.parse(readFileSync(String(env.RECTO_MODELS), 'utf8')))
    const after = written()
    expect(after.models[0]?.routes[1]).toEqual(before.models[0]?.routes[1])
    expect({ ...after, models: [] }).toEqual({ ...before, models: [] })
    expect(files()).toEqual(['models.json'])
  })

  test('replaces a file whole, and can be asked again with it', async () => {
    writeFileSync(out, readFileSync(String(env.RECTO_MODELS)))
    answer = listed(model('acme/small', '2e-7', '2e-7'), same[1])
    expect((await run(['--write', out], { RECTO_MODELS: out })).code).toBe(0)
    const again = await run(['--json'], { RECTO_MODELS: out })
    expect(JSON.parse(again.out)).toMatchObject({ data: [{ result: 'equal' }, { result: 'equal' }], unread: {} })
  })

  test('takes a price that is far from the known one only with consent', async () => {
    answer = listed(model('acme/small', '1.1e-6', '1e-7'), model('acme/large', '0', '0'))
    const first = await run(['--write', out])
    expect(first.code).toBe(1)
    expect(first.out).toContain('first acme/small: the price is not taken')
    expect(first.out).toContain('--accept acme/large')
    expect([routeOf('acme/small')?.price, routeOf('acme/large')?.price].map((price) => price?.as_of)).toEqual([
      '2026-01-01',
      '2026-01-01',
    ])
    expect((await run(['--write', out, '--accept', 'acme/small'])).code).toBe(1)
    expect(routeOf('acme/small')?.price.input_per_million).toBe('1.1')
    expect(routeOf('acme/large')?.price.input_per_million).toBe('0.1')
  })

  test('says which models have vanished, have no price or are called otherwise', async () => {
    answer = listed(model('acme/small-2', '1e-7', '1e-7', { canonical_slug: 'acme/small' }), { id: 'acme/larger' })
    const { code, out: table } = await run([])
    expect(code).toBe(1)
    expect(table).toContain("first acme/small: the provider lists it as acme/small-2: change the route's model")
    expect(table).toContain("first acme/large: the provider's list has no acme/large: it has acme/larger")
  })

  test('takes a list of ids as it is', async () => {
    answer = listed({ id: 'acme/small' }, { id: 'acme/large' })
    const { code, out: table } = await run(['--write', out])
    expect([code, table.match(/no_price/g)?.length]).toEqual([0, 2])
    expect(routeOf('acme/small')?.price.as_of).toBe('2026-01-01')
  })

  test('prints nothing of a list that a terminal would obey', async () => {
    answer = listed(model('acme/small\u001b[2J\u202e', '1', '1', { canonical_slug: 'acme/small' }), same[1])
    const { out: table } = await run([])
    expect(table).toContain('the provider lists it as acme/small')
    for (const sign of ['\u001b', '\u202e']) expect(table).not.toContain(sign)
  })

  test('asks a provider without a key only when it is named, and without one', async () => {
    answer = listed(...same)
    expect((await run(['--provider', 'second'])).code).toBe(0)
    expect(asked).toEqual([{ path: '/second/models', key: undefined }])
  })

  test('compares the providers whose lists can be read when another fails', async () => {
    answer = (request, response) =>
      request.url?.startsWith('/first') ? sent(500, 'no')(request, response) : listed(...same)(request, response)
    const { code, out: table } = await run(['--write', out], { SECOND_API_KEY: 'other' })
    expect(code).toBe(1)
    expect(table).toContain('first: the answer has the status 500')
    expect(written().models[0]?.routes.map(({ price }) => price.as_of === '2026-01-01')).toEqual([true, false])
  })

  test.each<[string, RequestListener, RegExp, Record<string, string>?]>([
    ['a page', sent(200, '<!doctype html><title>Sign in</title>'), /first: the answer is not JSON/],
    ['an error', sent(500, '{"error": {"message": "no"}}'), /first: the answer has the status 500/],
    ['a refused key', sent(401, `{"error": {"message": "${key}"}}`), /first: the answer has the status 401/],
    ['an error with status 200', sent(200, '{"error": {"code": 500}}'), /first: the answer is no list of models/],
    ['an empty list', sent(200, '{"data": []}'), /first: the list has no models/],
    [
      'a redirect, which it does not follow',
      sent(302, '', { location: 'http://127.0.0.1:9/models' }),
      /first: the answer has the status 302/,
    ],
    ['half a list', (_, response) => response.writeHead(200).write('{"data": [', () => response.destroy()), /broke/],
    ['no connection', (request) => request.socket.destroy(), /first: the provider cannot be reached/],
    ['no answer', () => undefined, /first: no answer within 1500 ms/, hurried],
    [
      'a list without an end',
      (_, response) => void response.writeHead(200).write('{'),
      /no whole answer within 1500 ms/,
      hurried,
    ],
    ['a huge list', sent(200, ' '.repeat(33 * 1024 * 1024)), /first: the answer is longer than 33554432 bytes/],
  ])('writes no file after %s', async (_, listener, message, more = {}) => {
    answer = listener
    const { code, out: table, err } = await run(['--write', out], more)
    expect([code, files()]).toEqual([2, []])
    expect(table).toMatch(message)
    expect(err).toContain('No list could be read.')
  })

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown provider', ['--provider', 'x'], {}, /no provider x; there are: first, second/],
    ['an unknown model', ['--accept', 'x'], {}, /--accept: the catalog has no model with the id x/],
    ['no key', [], { FIRST_API_KEY: '' }, /set one of FIRST_API_KEY, SECOND_API_KEY/],
    [
      'a folder that does not exist',
      ['--write', '/nowhere/models.json'],
      {},
      /--write: the file cannot be written \(ENOENT\)/,
    ],
  ])('exits with an error with %s', async (_, args, more, message) => {
    answer = listed(...same)
    const { code, err } = await run(args, more)
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})
