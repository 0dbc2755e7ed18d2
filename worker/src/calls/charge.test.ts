import { expect, test } from 'vitest'
import { readCharge } from './charge.ts'

const data = {
  id: 'gen-1',
  model: 'openai/gpt-oss-120b',
  total_cost: 0.000007765,
  native_tokens_prompt: 37,
  native_tokens_completion: 8,
}
const told = { modelServed: 'openai/gpt-oss-120b', tokensInput: 37, tokensOutput: 8 }

test.each([
  ['a number', { total_cost: 0.000007765 }, '0.000007765'],
  ['a number that JavaScript writes with an exponent', { total_cost: 0.00000000123 }, '0.00000000123'],
  ['a string', { total_cost: '0.000123456789' }, '0.000123456789'],
  ['nothing charged', { total_cost: 0 }, '0'],
  ['the upstream’s bill beside it, which it includes', { upstream_inference_cost: 0.5, is_byok: false }, '0.000007765'],
  ['a fee, with a key of our own', { upstream_inference_cost: 0.00003, is_byok: true }, '0.000037765'],
])('readCharge reads a cost in the form of %s to the last digit', (_, more, costUsd) => {
  expect(readCharge({ data: { ...data, ...more } })).toEqual({ ...told, costUsd })
})

test.each([
  ['no object', 'Not found'],
  ['an error', { error: { code: 404, message: 'Generation gen-1 not found' } }],
  ['no cost', { data: { ...data, total_cost: null } }],
  ['a negative cost', { data: { ...data, total_cost: -1 } }],
  ['a cost beyond belief', { data: { ...data, total_cost: 1e6 } }],
  ['a fee without the upstream’s bill', { data: { ...data, is_byok: true, upstream_inference_cost: null } }],
])('readCharge answers null for %s', (_, body) => {
  expect(readCharge(body)).toBeNull()
})

test('readCharge answers null for token counts and names that are malformed', () => {
  const odd = { model: 7, total_cost: '1', native_tokens_prompt: -1, native_tokens_completion: 'many' }
  expect(readCharge({ data: odd })).toEqual({ costUsd: '1', modelServed: null, tokensInput: null, tokensOutput: null })
})
