import { afterEach, expect, test, vi } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import { delta, done, replyStream, replyWith, scriptedProvider } from '../../testing/scripted-provider.ts'
import { httpErrorIn } from '../errors/http-error.ts'
import type { ChatRequest } from '../request.ts'
import { createClient } from './client.ts'
import { bodyFor } from './request-body.ts'

const request: ChatRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Zażółć' },
  ],
  schema: { name: 'cards', schema: { type: 'object' } },
  maxCompletionTokens: 900,
  temperature: 0.2,
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const bearer = { headers: { Authorization: 'Bearer sk-own' } }
const body = bodyFor(exampleRoute(), request)

test("createClient sends the catalog's headers, the key of the request and the unchanged body", async () => {
  await using provider = await scriptedProvider(replyStream([delta('{}', 'stop'), done]))
  const client = createClient({ baseURL: provider.baseURL, headers: { 'X-Title': 'Recto' } })
  await client.chat.completions.create(body, bearer).asResponse()

  const [sent] = provider.received
  expect(sent).toMatchObject({ method: 'POST', url: '/v1/chat/completions' })
  expect(sent?.headers).toMatchObject({ authorization: 'Bearer sk-own', 'x-title': 'Recto' })
  expect(JSON.parse(sent?.body ?? '')).toEqual(body)
})

test('createClient sends a failing request once, without the retries of the SDK', async () => {
  await using provider = await scriptedProvider(replyWith(503, {}, { 'x-should-retry': 'true', 'retry-after': '0' }))
  const client = createClient({ baseURL: provider.baseURL })
  await expect(client.chat.completions.create(body, bearer).asResponse()).rejects.toThrow()
  expect(provider.received).toHaveLength(1)
})

test.each(['X-Leak: leaked\nAuthorization: Bearer leaked', 'not a header name: x'])(
  'createClient ignores the environment variables of the SDK, with OPENAI_CUSTOM_HEADERS=%j',
  async (customHeaders) => {
    await using provider = await scriptedProvider(replyWith(500, { error: { message: 'no' } }))
    await using elsewhere = await scriptedProvider(replyWith(200, {}))
    const consoleSpies = (['log', 'debug', 'info', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level))
    vi.stubEnv('OPENAI_API_KEY', 'sk-leaked')
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-leaked')
    vi.stubEnv('OPENAI_ORG_ID', 'org-leaked')
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-leaked')
    vi.stubEnv('OPENAI_WEBHOOK_SECRET', 'leaked')
    vi.stubEnv('OPENAI_BASE_URL', elsewhere.baseURL)
    vi.stubEnv('OPENAI_LOG', 'debug')
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', customHeaders)

    const client = createClient({ baseURL: provider.baseURL })
    const errorResponse = await client.chat.completions.create(body, bearer).asResponse().catch(httpErrorIn)

    expect(errorResponse).toMatchObject({ status: 500 })
    expect(elsewhere.received).toEqual([])
    expect(provider.received).toHaveLength(1)
    expect(provider.received[0]?.headers.authorization).toBe('Bearer sk-own')
    expect(JSON.stringify(provider.received)).not.toContain('leaked')
    for (const spy of consoleSpies) expect(spy).not.toHaveBeenCalled()
  },
)
