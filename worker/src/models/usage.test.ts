import { expect, test } from 'vitest'
import { price } from './scripted-provider.ts'
import { readUsage } from './usage.ts'

const nothing = { sentBytes: 300, producedBytes: 0 }
const tokens = { prompt_tokens: 1000, completion_tokens: 500 }

test("the provider's own cost comes first, with the counts beside it", () => {
  const wire = {
    ...tokens,
    cost: 0.000007765,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 8 },
    cost_details: { upstream_inference_cost: 0.000007765 },
  }
  expect(readUsage(wire, price, nothing)).toEqual({
    tokensInput: 1000,
    tokensOutput: 500,
    tokensReasoning: 8,
    tokensCached: 4,
    costUsd: '0.000007765',
    costSource: 'provider',
  })
})

test('with a key of our own at the upstream, its charge is added to the fee', () => {
  const wire = { ...tokens, cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: 0.0002 } }
  expect(readUsage(wire, price, nothing)).toMatchObject({ costUsd: '0.0003', costSource: 'provider' })
})

test.each([
  ['no cost told: the price list', tokens, 900, '0.006', 'price_list'],
  ['a cost that is no amount: the price list', { ...tokens, cost: 'free' }, 900, '0.006', 'price_list'],
  ['counts lost: an estimate from bytes', null, 900, '0.0021', 'estimate'],
  ['one count lost: an estimate with the other', { prompt_tokens: 1000 }, 900, '0.0048', 'estimate'],
  ['nothing counted, nothing produced: nothing', null, 0, '0', null],
  ['a free answer told as such', { ...tokens, cost: 0 }, 900, '0', 'provider'],
  ['a cost beyond belief: the price list', { ...tokens, cost: 1e9 }, 900, '0.006', 'price_list'],
  ['counts beyond belief', { prompt_tokens: 1e12, completion_tokens: 3e9 }, 0, '0', null],
  ['counts that are none', { prompt_tokens: -1, completion_tokens: 'many' }, 0, '0', null],
] as const)('%s', (_, wire, producedBytes, costUsd, costSource) => {
  expect(readUsage(wire, price, { sentBytes: 300, producedBytes })).toMatchObject({ costUsd, costSource })
})

test('without a price a cost that was not told is unknown, not zero', () => {
  expect(readUsage(tokens, null, nothing)).toMatchObject({ costUsd: null, costSource: null, tokensOutput: 500 })
})
