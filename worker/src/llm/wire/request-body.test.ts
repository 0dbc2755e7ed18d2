import { bundledCatalog } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import type { ChatRequest } from '../request.ts'
import { type Route, routesOf } from '../route.ts'
import { bodyFor } from './request-body.ts'
import { usualTimeouts } from './timeouts.ts'

const request: ChatRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Zażółć' },
  ],
  schema: { name: 'cards', schema: { type: 'object' } },
  maxCompletionTokens: 900,
  temperature: 0.2,
}

const openAi = {
  model: 'acme/m',
  messages: request.messages,
  response_format: { type: 'json_schema', json_schema: { name: 'cards', strict: true, schema: { type: 'object' } } },
  max_completion_tokens: 900,
  temperature: 0.2,
  stream: true,
  stream_options: { include_usage: true },
}

const bodyWith = (shape: Partial<Route['shape']>, chatRequest = request) => {
  const route = exampleRoute()
  return bodyFor({ ...route, shape: { ...route.shape, ...shape } }, chatRequest)
}

test("bodyFor returns OpenAI's body for a route without quirks: strict schema, token limit, stream with usage", () => {
  expect(bodyWith({})).toEqual(openAi)
})

test.each(['temperature', 'stream_options', 'response_format'] as const)(
  'bodyFor leaves out %s when the route omits it',
  (field) => {
    const { [field]: _, ...rest } = openAi
    expect(bodyWith({ omit: [field] })).toEqual(rest)
  },
)

test('bodyFor sends the token limit in the field that the route names', () => {
  const { max_completion_tokens, ...rest } = openAi
  expect(bodyWith({ tokensField: 'max_tokens' })).toEqual({ ...rest, max_tokens: max_completion_tokens })
})

test('bodyFor adds the extra fields of the route, which override its own', () => {
  expect(bodyWith({ extra: { service_tier: 'flex', temperature: 1 } })).toEqual({
    ...openAi,
    service_tier: 'flex',
    temperature: 1,
  })
})

test('bodyFor sends no response_format when the request has no schema', () => {
  const { schema: _, ...plain } = request
  expect(bodyWith({}, plain)).not.toHaveProperty('response_format')
})

describe('bodyFor with the bundled catalog', () => {
  const routes = routesOf(bundledCatalog(), usualTimeouts)
  const openAiFields = Object.keys(openAi).filter((field) => field !== 'model')
  const fieldsOf = ({ provider, model }: { provider: string; model: string }) => {
    const route = routes.find((candidate) => candidate.provider === provider && candidate.model === model)
    if (!route) throw new Error(`no route ${provider} ${model}`)
    const { model: sent, ...body } = bodyFor(route, request)
    expect(sent).toBe(model)
    return body
  }
  const { temperature: _, ...withoutTemperature } = openAi
  const withoutModel = ({ model: _model, ...body }: Partial<typeof openAi>) => body

  test('asks OpenRouter for no training on the data, for all parameters, and for the cost', () => {
    expect(fieldsOf({ provider: 'openrouter', model: 'openai/gpt-oss-120b' })).toMatchObject({
      ...withoutModel(openAi),
      provider: { require_parameters: true, data_collection: 'deny' },
      usage: { include: true },
    })
  })

  test("sends OpenRouter's gpt-5-mini no temperature, little reasoning effort, and the same privacy settings", () => {
    const body = fieldsOf({ provider: 'openrouter', model: 'openai/gpt-5-mini' })
    expect(body).not.toHaveProperty('temperature')
    expect(body).toMatchObject({
      reasoning: { effort: 'low' },
      provider: { require_parameters: true, data_collection: 'deny' },
    })
  })

  test("sends Scaleway and Gemini only OpenAI's fields", () => {
    for (const route of routes.filter(({ provider }) => provider === 'scaleway' || provider === 'gemini'))
      expect(Object.keys(fieldsOf(route)).sort(), route.model).toEqual(openAiFields.sort())
  })

  test('asks OpenAI to store nothing, and sends no temperature', () => {
    const body = fieldsOf({ provider: 'openai', model: 'gpt-5-mini' })
    expect(body).toEqual({ ...withoutModel(withoutTemperature), store: false, reasoning_effort: 'low' })
  })

  test('sends Anthropic no schema, because it would ignore it', () => {
    const body = fieldsOf({ provider: 'anthropic', model: 'claude-haiku-4-5' })
    expect(body).not.toHaveProperty('response_format')
  })

  test('sends every route a token limit and asks for a stream', () => {
    for (const route of routes)
      expect(fieldsOf(route), route.model).toMatchObject({ max_completion_tokens: 900, stream: true })
  })
})
