import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { freePort } from '@recto/local/ports'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { runProviders } from '../support/run-providers.ts'

const folder = mkdtempSync(join(tmpdir(), 'recto-check-'))
const keys = { good: 'good-key-one', second: 'good-key-two', bad: 'bad-key-whole' }
const fingerprintOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 12)

let first: ModelServer
let eu: ModelServer
let env: Record<string, string>

beforeAll(async () => {
  first = await startModelServer({ name: 'first', keys: [keys.good, keys.second] })
  eu = await startModelServer({ name: 'eu', report_cost: false })
  const price = { input_per_million: '1', output_per_million: '2', currency: 'EUR', as_of: '2026-01-01' }
  const catalog = catalogOf({
    providers: { first: { base_url: first.url }, paris: { base_url: eu.url, region: 'eu' } },
    models: { 'acme/small': ['first', 'paris'], 'acme/large': ['first'] },
    prices: { paris: price },
    rates: { EUR: { usd: '1.5', as_of: '2026-01-01' } },
  })
  env = { ...catalogEnv({ folder }, catalog), FIRST_API_KEY: keys.good, PARIS_API_KEY: 'eu-key' }
})
afterAll(async () => {
  await Promise.all([first?.stop(), eu?.stop()])
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const server of [first, eu]) {
    server.setScript([{ content: 'The sky is blue.' }])
    server.clearRequests()
  }
})

/** Runs the command without the variables of this process. Rejects when the output holds a key. */
const check = async (args: string[], more: Record<string, string> = {}) => {
  const printed = await runProviders(args, { ...env, ...more })
  const shown = [...Object.values(keys), 'eu-key'].filter((key) => `${printed.out}${printed.err}`.includes(key))
  if (shown.length > 0) throw new Error(`printed: ${shown}`)
  return printed
}

const rowsOf = (out: string): Record<string, unknown>[] => JSON.parse(out).data

describe('the command that checks providers', () => {
  test('prints the latency, tokens and cost of each route', async () => {
    const { code, out } = await check(['check'])
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^PROVIDER +MODEL +REGION +KEY +RESULT +HTTP +LATENCY +FIRST TOKEN +TOKENS +COST$/)
    const key = fingerprintOf(keys.good)
    expect(lines[1]).toMatch(
      new RegExp(
        `^first +acme/small +global +${key} +ok +200 +\\d+ ms +\\d+ ms +17 \\+ 4 +\\$0\\.\\d+ \\(provider\\)$`,
      ),
    )
    // 17 tokens at 1 EUR and 4 at 2 EUR per million, at 1.5 USD.
    expect(lines[2]).toMatch(/^paris +acme\/small +eu +.* ok .* \$0\.0000375 \(price list\)$/)
    expect(lines[3]).toMatch(/^first +acme\/large/)
    expect(lines.at(-1)).toBe('3 of 3 ok')
  })

  test('prints JSON with --json', async () => {
    const { code, out } = await check(['check', '--json', '--model', 'balanced', '--provider', 'first'])
    expect(code).toBe(0)
    expect(rowsOf(out)).toEqual([
      {
        provider: 'first',
        model: 'acme/small',
        region: 'global',
        key: fingerprintOf(keys.good),
        result: 'ok',
        http_status: 200,
        latency_ms: expect.any(Number),
        first_token_ms: expect.any(Number),
        model_served: 'recto-local/extractive-1',
        tokens_input: 17,
        tokens_output: 4,
        cost_usd: first.totals().chargedUsd,
        cost_source: 'provider',
        said: null,
        advice: null,
      },
    ])
  })

  test('tries every key, and prints which one the provider does not accept', async () => {
    const file = join(folder, 'keys')
    writeFileSync(file, `${keys.good}\n${keys.bad}\n${keys.second}\n`)
    const more = { FIRST_API_KEY: '', FIRST_API_KEY_FILE: file }
    const { code, out } = await check(['check', '--model', 'acme/large'], more)
    expect(code).toBe(1)
    expect(out).toContain(
      'the provider does not accept the key in FIRST_API_KEY: check that it is complete, valid and of this provider',
    )
    expect(out).toContain(`applies to: acme/large (${fingerprintOf(keys.bad)})`)
    expect(out).toContain('2 of 3 ok')
    expect(first.requests.map(({ key }) => key).toSorted()).toEqual([keys.bad, keys.good, keys.second])
  })

  test.each<[string, Parameters<ModelServer['setScript']>[0], object, RegExp, Record<string, string>?]>([
    [
      'no credit',
      [{ status: 402, body: { error: { code: 402, message: 'Insufficient credits.' } } }],
      { result: 'provider_credit_exhausted', http_status: 402, cost_usd: '0' },
      /add credit or raise the limit/,
    ],
    [
      'an unknown model',
      [{ status: 404, body: { error: { code: 404, message: 'No such model.' } } }],
      { result: 'invalid_request', http_status: 404 },
      /does not know the model/,
    ],
    [
      'a privacy filter',
      [{ status: 404, body: { error: { code: 404, message: 'No endpoints found matching your data policy.' } } }],
      { result: 'no_route_for_policy', http_status: 404 },
      /privacy settings/,
    ],
    [
      'an answer that quotes the key',
      [{ status: 401, body: { error: { message: `Not a key of ours, ${keys.good}, is it?` } } }],
      { result: 'auth', said: expect.stringContaining('Not a key of ours') },
      /does not accept the key/,
    ],
    [
      'a provider that does not answer',
      [{ hang: 'headers' }],
      { result: 'timeout', http_status: null, first_token_ms: null },
      /MODEL_FIRST_TOKEN_MS/,
      { MODEL_FIRST_TOKEN_MS: '1500' },
    ],
  ])('prints advice about %s', async (_, script, row, advice, more) => {
    first.setScript(script)
    const args = ['check', '--model', 'acme/large', '--json']
    const { code, out } = await check(args, more)
    expect(code).toBe(1)
    expect(rowsOf(out)).toMatchObject([{ ...row, advice: expect.stringMatching(advice) }])
    expect(first.requests.length).toBe(1)
  })

  test('prints advice about a provider that needs quirks in the catalog', async () => {
    const picky = await startModelServer({ refuses: ['temperature'] })
    const { code, out } = await check(['check', '--model', 'acme/large'], { FIRST_BASE_URL: picky.url })
    expect(code).toBe(1)
    expect(out).toMatch(
      /describe what it needs in the quirks of the catalog\n {2}the provider says: .*Unsupported parameter/,
    )
    await picky.stop()
  })

  test('prints the failure of a provider that cannot be reached', async () => {
    const { code, out } = await check(['check', '--provider', 'first'], {
      FIRST_BASE_URL: `http://127.0.0.1:${await freePort()}/v1`,
    })
    expect(code).toBe(1)
    expect(out).toMatch(/network +- .*\$0\n/)
    expect(out).toContain('0 of 2 ok')
  })

  test('checks only providers in the EU when RECTO_DATA_RESIDENCY is eu', async () => {
    const { code, out } = await check(['check', '--json'], { RECTO_DATA_RESIDENCY: 'eu' })
    expect(code).toBe(0)
    expect(rowsOf(out)).toMatchObject([{ provider: 'paris', region: 'eu' }])
    expect(first.requests).toEqual([])
  })

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['no command', [], {}, /the command is one of: check, keys, models\n\nUsage:/],
    ['an unknown argument', ['check', '--fast'], {}, /--fast.*Usage:/s],
    ['an unknown model', ['check', '--model', 'x'], {}, /no model x; there are: balanced, acme\/small, acme\/large/],
    ['an unknown provider', ['check', '--provider', 'x'], {}, /no provider x; there are: first, paris/],
    [
      'a model that the provider does not offer',
      ['check', '--provider', 'paris', '--model', 'acme/large'],
      {},
      /paris does not offer/,
    ],
    ['no key', ['check'], { FIRST_API_KEY: '', PARIS_API_KEY: '' }, /set one of FIRST_API_KEY, PARIS_API_KEY/],
    ['nothing in the EU', ['check', '--provider', 'first'], { RECTO_DATA_RESIDENCY: 'eu' }, /none is in the EU/],
    ['a missing catalog', ['check'], { RECTO_MODELS: '/nowhere' }, /RECTO_MODELS: the file cannot be read/],
    ['an invalid setting', ['check'], { MODEL_GAP_MS: 'soon' }, /MODEL_GAP_MS/],
  ])('exits with an error and sends nothing with %s', async (_, args, more, message) => {
    const { code, out, err } = await check(args, more)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
    expect(first.requests.length + eu.requests.length).toBe(0)
  })
})
