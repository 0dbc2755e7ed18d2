import { tokensOfBytes } from '@recto/shared/cost'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxCost, sentBytes, tokensAtMost } from './max-cost.ts'
import type { ChatRequest } from './request.ts'
import { readUsage } from './wire/usage.ts'

const amount = fc
  .tuple(fc.nat(999), fc.nat(999_999))
  .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`)
const price = fc.record({ input_per_million: amount, output_per_million: amount })
const anyRequest: fc.Arbitrary<ChatRequest> = fc.record({
  messages: fc.array(
    fc.record({ role: fc.constantFrom('system' as const, 'user' as const), content: fc.string({ unit: 'binary' }) }),
    { maxLength: 4 },
  ),
  schema: fc.constant({ name: 'cards', schema: { type: 'object', properties: { ü: { type: 'string' } } } }),
  maxCompletionTokens: fc.nat(20_000),
  temperature: fc.constant(0),
})
/** In units of the last digit that a cost can have. */
const exact = (money: string) => {
  const [whole = '', fraction = ''] = money.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

test('bytes count as they are sent, the schema too', () => {
  const request: ChatRequest = {
    messages: [
      { role: 'system', content: 'ab' },
      { role: 'user', content: 'ż漢🎴' },
    ],
    maxCompletionTokens: 100,
    temperature: 0,
  }
  expect(sentBytes(request)).toBe(2 + 2 + 3 + 4)
  const schema = { name: 'x', schema: {} }
  expect(sentBytes({ ...request, schema })).toBe(11 + JSON.stringify(schema).length)
  expect(tokensOfBytes(11)).toBe(4)
  expect(tokensAtMost(request)).toBe(4 + 64 + 100)
  expect(maxCost(request, { input_per_million: '1', output_per_million: '10' })).toBe('0.001068')
})

test('a request without a word still costs its template', () => {
  const nothing = { messages: [], maxCompletionTokens: 0, temperature: 0 }
  expect(tokensAtMost(nothing)).toBe(64)
})

test('whatever a provider bills within the limits, it is no more than what was reserved', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(anyRequest, price, share, share, (request, list, ofPrompt, ofAnswer) => {
      // An honest tokenizer makes no more of a prompt than a token for three bytes, and never passes the limit.
      const prompt = Math.floor((tokensAtMost(request) - request.maxCompletionTokens) * ofPrompt)
      const counts = { prompt_tokens: prompt, completion_tokens: Math.floor(request.maxCompletionTokens * ofAnswer) }
      const volume = { sentBytes: sentBytes(request), producedBytes: 0, turnedAway: false }
      const { costUsd, costSource } = readUsage(counts, list, volume)
      expect(costSource).toBe('price_list')
      expect(exact(costUsd) <= exact(maxCost(request, list))).toBe(true)
    }),
  )
})

test('nor is the estimate of a call whose usage was lost, if its answer kept to the limit', () => {
  fc.assert(
    fc.property(anyRequest, price, (request, list) => {
      const volume = {
        sentBytes: sentBytes(request),
        producedBytes: 3 * request.maxCompletionTokens,
        turnedAway: false,
      }
      expect(exact(readUsage(null, list, volume).costUsd) <= exact(maxCost(request, list))).toBe(true)
    }),
  )
})

test('a longer text, a higher price or a higher limit never reserves less', () => {
  fc.assert(
    fc.property(anyRequest, price, fc.string(), fc.nat(100), (request, list, more, tokens) => {
      const longer = {
        ...request,
        messages: [...request.messages, { role: 'user' as const, content: more }],
        maxCompletionTokens: request.maxCompletionTokens + tokens,
      }
      expect(exact(maxCost(longer, list)) >= exact(maxCost(request, list))).toBe(true)
    }),
  )
})
