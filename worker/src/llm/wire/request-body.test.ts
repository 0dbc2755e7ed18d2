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

const shaped = (shape: Partial<Route['shape']>, asked = request) => {
  const route = exampleRoute()
  return bodyFor({ ...route, shape: { ...route.shape, ...shape } }, asked)
}

test("without quirks it is OpenAI's: the strict schema, the limit of tokens, a stream with its usage", () => {
  expect(shaped({})).toEqual(openAi)
})

test.each(['temperature', 'stream_options', 'response_format'] as const)(
  '%s is left out where it is refused',
  (field) => {
    const { [field]: _, ...rest } = openAi
    expect(shaped({ omit: [field] })).toEqual(rest)
  },
)

test('the limit of tokens goes by the name that the provider knows', () => {
  const { max_completion_tokens, ...rest } = openAi
  expect(shaped({ tokensField: 'max_tokens' })).toEqual({ ...rest, max_tokens: max_completion_tokens })
})

test('what a provider wants beside lies over the rest', () => {
  expect(shaped({ extra: { service_tier: 'flex', temperature: 1 } })).toEqual({
    ...openAi,
    service_tier: 'flex',
    temperature: 1,
  })
})

test('without a schema the answer is plain text', () => {
  const { schema: _, ...plain } = request
  expect(shaped({}, plain)).not.toHaveProperty('response_format')
})

describe('the bundled catalog sends', () => {
  const routes = routesOf(bundledCatalog(), usualTimeouts)
  const all = Object.keys(openAi).filter((field) => field !== 'model')
  const fieldsOf = ({ provider, model }: { provider: string; model: string }) => {
    const route = routes.find((one) => one.provider === provider && one.model === model)
    if (!route) throw new Error(`no route ${provider} ${model}`)
    const { model: sent, ...body } = bodyFor(route, request)
    expect(sent).toBe(model)
    return body
  }
  const { temperature: _, ...cool } = openAi
  const bare = ({ model: _model, ...body }: Partial<typeof openAi>) => body

  test('OpenRouter: no training, no parameter dropped, the cost in the answer', () => {
    expect(fieldsOf({ provider: 'openrouter', model: 'openai/gpt-oss-120b' })).toMatchObject({
      ...bare(openAi),
      provider: { require_parameters: true, data_collection: 'deny' },
      usage: { include: true },
    })
  })

  test("OpenRouter's gpt-5-mini: no temperature, little reasoning, the privacy of all others", () => {
    const body = fieldsOf({ provider: 'openrouter', model: 'openai/gpt-5-mini' })
    expect(body).not.toHaveProperty('temperature')
    expect(body).toMatchObject({
      reasoning: { effort: 'low' },
      provider: { require_parameters: true, data_collection: 'deny' },
    })
  })

  test('Scaleway and Gemini: nothing that OpenAI does not know', () => {
    for (const route of routes.filter(({ provider }) => provider === 'scaleway' || provider === 'gemini'))
      expect(Object.keys(fieldsOf(route)).sort(), route.model).toEqual(all.sort())
  })

  test('OpenAI: nothing to be kept, no temperature', () => {
    const body = fieldsOf({ provider: 'openai', model: 'gpt-5-mini' })
    expect(body).toEqual({ ...bare(cool), store: false, reasoning_effort: 'low' })
  })

  test('Anthropic: no schema, which it would ignore', () => {
    const body = fieldsOf({ provider: 'anthropic', model: 'claude-haiku-4-5' })
    expect(body).not.toHaveProperty('response_format')
  })

  test('every route a limit of tokens, and every one a stream', () => {
    for (const route of routes)
      expect(fieldsOf(route), route.model).toMatchObject({ max_completion_tokens: 900, stream: true })
  })
})
