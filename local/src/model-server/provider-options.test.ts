import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { ProviderOptionsInput } from './provider-options.ts'
import type { Script } from './script.ts'
import { startModelServer } from './server.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const start = async (options: ProviderOptionsInput & { script?: Script } = {}) => {
  const server = await startModelServer(options)
  stops.push(server.stop)
  const ask = (body: Record<string, unknown> = {}, key?: string) =>
    fetch(`${server.url}/chat/completions`, {
      method: 'POST',
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'The moon rose at ten.' }], ...body }),
    })
  return { server, ask }
}

test('a server with `keys` serves only these in requests and lookups, and answers no key', async () => {
  const { server, ask } = await start({ keys: ['key-a', 'key-b'] })
  const served = await ask({}, 'key-b')
  const [unknown, none] = [await ask({}, 'key-c'), await ask()]
  expect([served.status, unknown.status, none.status]).toEqual([200, 401, 401])
  expect(await unknown.json()).toEqual({ error: { code: 401, message: 'User not found.' } })
  expect(await none.json()).toEqual({ error: { code: 401, message: 'No auth credentials found' } })
  expect(server.requests.map(({ key, status }) => [key, status])).toEqual([
    ['key-b', 200],
    ['key-c', 401],
    [null, 401],
  ])
  const lookup = `${server.url}/generation?id=${served.headers.get('x-generation-id')}`
  expect((await fetch(lookup)).status).toBe(401)
  expect((await fetch(lookup, { headers: { authorization: 'Bearer key-a' } })).status).toBe(200)
  const records = await (await fetch(`${server.url.replace(/\/v1$/u, '')}/__requests`)).text()
  expect(records).not.toContain('key-b')
})

test('a step with a key in its match answers only requests with that key', async () => {
  const { ask } = await start({ script: [{ match: { key: 'key-a' }, status: 403 }] })
  const answers = [await ask({}, 'key-a'), await ask({}, 'key-b'), await ask()]
  expect(answers.map(({ status }) => status)).toEqual([403, 200, 200])
  expect(await answers[0]?.json()).toEqual({ error: { code: 403, message: 'Forbidden' } })
})

test('a server with `refuses` and `requires` rejects bodies by their fields, and records the fields', async () => {
  const { server, ask } = await start({ refuses: ['temperature', 'usage'], requires: ['max_completion_tokens'] })
  const refused = await ask({ temperature: 0, max_completion_tokens: 9 })
  const lacking = await ask()
  const served = await ask({ max_completion_tokens: 9 })
  expect([refused.status, lacking.status, served.status]).toEqual([400, 400, 200])
  const message = "Unsupported parameter: 'temperature'."
  const error = { message, type: 'invalid_request_error', param: 'temperature', code: 'unsupported_parameter' }
  expect(await refused.json()).toEqual({ error })
  expect(await lacking.json()).toMatchObject({ error: { param: 'max_completion_tokens' } })
  expect(server.requests.map(({ fields }) => fields)).toEqual([
    ['model', 'messages', 'temperature', 'max_completion_tokens'],
    ['model', 'messages'],
    ['model', 'messages', 'max_completion_tokens'],
  ])
  expect((await fetch(`${server.url}/generation?id=${server.requests[0]?.id}`)).status).toBe(404)
})

test('a server that reports no cost charges tokens exactly at its price', async () => {
  const price = { input_per_million: '0.15', output_per_million: '0.603107' }
  const { server, ask } = await start({ report_cost: false, price })
  const usageSchema = z.strictObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.unknown(),
    completion_tokens_details: z.unknown(),
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()))
  const usages = await Promise.all(
    answers.map(async (answer) => z.object({ usage: usageSchema }).parse(await answer.json()).usage),
  )
  const units = usages.reduce(
    (sum, { prompt_tokens, completion_tokens }) =>
      sum + BigInt(prompt_tokens) * 150_000n + BigInt(completion_tokens) * 603_107n,
    0n,
  )
  // The sum is below one dollar, so its units of 1e-12 are its decimals.
  expect(server.totals().chargedUsd).toBe(`0.${units.toString().padStart(12, '0').replace(/0+$/, '')}`)
  expect(units).toBeGreaterThan(0n)
  expect((await fetch(`${server.url}/generation?id=${server.requests[0]?.id}`)).status).toBe(404)
  const stream = await (await ask({ stream: true })).text()
  expect(stream).toMatch(/"choices":\[\],"usage":\{"prompt_tokens":\d+,[^\n]*\}\n\ndata: \[DONE\]\n\n$/u)
  expect(stream).not.toContain('"cost"')
})

test('a server charges the scripted tokens', async () => {
  const script = [{ usage: { prompt_tokens: 1_000_000, completion_tokens: 3 } }]
  const { server, ask } = await start({ script, price: { input_per_million: '2', output_per_million: '0.5' } })
  expect(await (await ask()).text()).toContain('"cost":2.0000015')
  expect(server.requests[0]).toMatchObject({ promptTokens: 1_000_000, completionTokens: 3, chargedUsd: '2.0000015' })
})

test('a server answers its name as the provider and records it', async () => {
  const { server, ask } = await start({ name: 'paris' })
  expect(await (await ask()).json()).toMatchObject({ provider: 'paris' })
  expect(await (await ask({ stream: true })).text()).toContain('"provider":"paris"')
  expect(server.requests.map(({ server: name }) => name)).toEqual(['paris', 'paris'])
})

test.each([
  [{ price: { input_per_million: '1e-7', output_per_million: '1' } }],
  [{ price: { input_per_million: '0.1234567', output_per_million: '1' } }],
  [{ lookup_delay_ms: -1 }],
  [{ name: '' }],
])('startModelServer rejects the options %j', async (options) => {
  await expect(startModelServer(options)).rejects.toThrow()
})
