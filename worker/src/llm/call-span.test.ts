import { describe, expect, it } from 'vitest'
import { exampleRoute } from '../testing/example-route.ts'
import { requestAttributes, responseAttributes } from './call-span.ts'

const request = { messages: [{ role: 'user' as const, content: 'my text' }], maxCompletionTokens: 900, temperature: 0 }
const usage = {
  ...{ tokensInput: 100, tokensOutput: 20, tokensReasoning: 5, tokensCached: 50 },
  ...{ costUsd: '0.001', costSource: 'provider' as const },
}
const nothing = { ...usage, tokensInput: null, tokensOutput: null, tokensReasoning: null, tokensCached: null }

describe('requestAttributes', () => {
  it('names operation, provider, model and limits, and has no message', () => {
    const route = exampleRoute({ provider: 'openrouter', model: 'lab/one' })
    expect(requestAttributes(route, request)).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openrouter',
      'gen_ai.request.model': 'lab/one',
      'gen_ai.request.max_tokens': 900,
      'gen_ai.request.stream': true,
      'gen_ai.request.temperature': 0,
      'gen_ai.output.type': 'text',
    })
  })

  it('has the convention’s name of a provider, the type of the answer, and no temperature where none is sent', () => {
    const shape = { ...exampleRoute().shape, omit: ['temperature' as const] }
    const route = exampleRoute({ provider: 'gemini', shape })
    const attributes = requestAttributes(route, { ...request, schema: { name: 'cards', schema: {} } })
    expect(attributes).toMatchObject({ 'gen_ai.provider.name': 'gcp.gemini', 'gen_ai.output.type': 'json' })
    expect(attributes).not.toHaveProperty('gen_ai.request.temperature')
  })
})

describe('responseAttributes', () => {
  it('names the model that answered, the tokens, and the time to the first of them in seconds', () => {
    expect(responseAttributes({ modelServed: 'lab/one-2026', usage, firstTokenMs: 250 })).toEqual({
      'gen_ai.response.model': 'lab/one-2026',
      'gen_ai.response.time_to_first_chunk': 0.25,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 50,
      'gen_ai.usage.reasoning.output_tokens': 5,
    })
  })

  it('leaves out what is not known', () =>
    expect(responseAttributes({ modelServed: null, usage: nothing, firstTokenMs: null })).toEqual({}))

  it.each(['a text that a person wrote', 'line\nbreak', 'x'.repeat(101), 'łódź'])(
    'leaves out %j, which a provider calls its model',
    (modelServed) => expect(responseAttributes({ modelServed, usage: nothing, firstTokenMs: null })).toEqual({}),
  )
})
