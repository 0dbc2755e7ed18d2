import { readTokensAtMost, tokensOfBytes } from '@recto/shared/cost'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedCost, maxCost, sentBytes, tokensAtMost } from './max-cost.ts'
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
/** An amount in units of 10^-12 USD, so that amounts are compared exactly. */
const inPicoDollars = (money: string) => {
  const [whole = '', fraction = ''] = money.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

test('maxCost counts the UTF-8 bytes of the messages and of the schema', () => {
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
  // One token for the system's two bytes, nine for the user's nine bytes, 64 for the template, 100 for the answer.
  expect(maxCost(request, { input_per_million: '1', output_per_million: '10' })).toBe('0.001074')
})

test('expectedCost takes a token for three bytes, and the expected answer or else the longest one', () => {
  const messages = [{ role: 'user' as const, content: 'x'.repeat(300) }]
  const request = { messages, maxCompletionTokens: 1000, temperature: 0 }
  const prices = { input_per_million: '1', output_per_million: '10' }
  expect(Number(expectedCost({ ...request, expectedCompletionTokens: 50 }, prices))).toBe((100 + 64 + 500) / 1e6)
  expect(Number(expectedCost(request, prices))).toBe((100 + 64 + 10_000) / 1e6)
})

test('tokensAtMost counts the chat template of a request without messages', () => {
  const nothing = { messages: [], maxCompletionTokens: 0, temperature: 0 }
  expect(tokensAtMost(nothing)).toBe(64)
})

test('maxCost is at least what any provider bills for counts within the limits', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(anyRequest, price, share, share, (request, prices, promptShare, answerShare) => {
      // A tokenizer makes at most one token of a byte of text, and a provider keeps to the token limit.
      const text = sentBytes({ messages: request.messages.filter(({ role }) => role === 'user') })
      const most = readTokensAtMost({ prompt: sentBytes(request) - text, text })
      const prompt = Math.floor(most * promptShare)
      const counts = { prompt_tokens: prompt, completion_tokens: Math.floor(request.maxCompletionTokens * answerShare) }
      const volume = { sentBytes: sentBytes(request), producedBytes: 0, maxOutputTokens: 1000, notProcessed: false }
      const { costUsd, costSource } = readUsage(counts, prices, volume)
      expect(costSource).toBe('price_list')
      expect(inPicoDollars(costUsd) <= inPicoDollars(maxCost(request, prices))).toBe(true)
    }),
  )
})

test('maxCost is at least the estimate for a call whose usage was lost, however long its answer is', () => {
  fc.assert(
    fc.property(anyRequest, price, fc.nat(5_000_000), (request, prices, producedBytes) => {
      const volume = {
        sentBytes: sentBytes(request),
        producedBytes,
        maxOutputTokens: request.maxCompletionTokens,
        notProcessed: false,
      }
      expect(inPicoDollars(readUsage(null, prices, volume).costUsd) <= inPicoDollars(maxCost(request, prices))).toBe(
        true,
      )
    }),
  )
})

test('maxCost never falls when the text or the token limit grows', () => {
  fc.assert(
    fc.property(anyRequest, price, fc.string(), fc.nat(100), (request, prices, more, tokens) => {
      const longer = {
        ...request,
        messages: [...request.messages, { role: 'user' as const, content: more }],
        maxCompletionTokens: request.maxCompletionTokens + tokens,
      }
      expect(inPicoDollars(maxCost(longer, prices)) >= inPicoDollars(maxCost(request, prices))).toBe(true)
    }),
  )
})
