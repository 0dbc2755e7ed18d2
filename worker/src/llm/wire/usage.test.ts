import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { price } from '../../testing/scripted-provider.ts'
import { readUsage } from './usage.ts'

/** 300 bytes sent and 900 produced: estimated at 100 and 300 tokens, which at 3 and 6 dollars a million are 0.0021. */
const volume = { sentBytes: 300, producedBytes: 900, turnedAway: false }
const turnedAway = { sentBytes: 300, producedBytes: 0, turnedAway: true }
const tokens = { prompt_tokens: 1000, completion_tokens: 500 }
const listed = { costUsd: '0.006', costSource: 'price_list' }
const byok = (cost: unknown, upstream?: unknown) => ({
  ...tokens,
  cost,
  is_byok: true,
  cost_details: { upstream_inference_cost: upstream },
})

test("the provider's own cost comes first, with the counts beside it", () => {
  const body = {
    ...tokens,
    total_tokens: 1500,
    cost: 0.000007765,
    is_byok: false,
    prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 8, image_tokens: 0 },
    cost_details: { upstream_inference_cost: 0.000007765, upstream_inference_prompt_cost: 0.000005365 },
  }
  expect(readUsage(body, price, volume)).toEqual({
    tokensInput: 1000,
    tokensOutput: 500,
    tokensReasoning: 8,
    tokensCached: 4,
    costUsd: '0.000007765',
    costSource: 'provider',
  })
})

describe('the cost told', () => {
  test.each([
    ['as a string', '0.0000077650', { costUsd: '0.000007765', costSource: 'provider' }],
    ['as an exponent', 7.765e-9, { costUsd: '0.000000007765', costSource: 'provider' }],
    ['with every digit that a number has', 0.1 + 0.2, { costUsd: '0.30000000000000004', costSource: 'provider' }],
    ['as nothing, by a free model', 0, { costUsd: '0', costSource: 'provider' }],
    ['as minus nothing', -0, { costUsd: '0', costSource: 'provider' }],
    ['as the most that is believed', 9999, { costUsd: '9999', costSource: 'provider' }],
    ['beyond belief', 1e9, listed],
    ['beyond all numbers', Number.POSITIVE_INFINITY, listed],
    ['as digits by the megabyte', '9'.repeat(1_000_000), listed],
    ['below nothing', -0.5, listed],
    ['below nothing, as a string', '-0.5', listed],
    ['as null', null, listed],
    ['not at all', undefined, listed],
    ['in words', 'free', listed],
    ['with its currency', '$0.01', listed],
    ['as an object', { valueOf: 1, toString: 1 }, listed],
    ['as a list', [[0.5]], listed],
  ])('%s', (_, cost, expected) => {
    expect(readUsage({ ...tokens, cost }, price, volume)).toMatchObject(expected)
  })
})

describe('with a key of our own at the upstream', () => {
  test.each([
    ['the fee and the bill of the upstream are summed', byok(0.1, 0.2), '0.3', 'provider'],
    ['no fee is charged', byok(0, 0.0002), '0.0002', 'provider'],
    ['the fee is not told', byok(null, 0.0002), '0.0002', 'provider'],
    ['the bill is not told: the price list, and the fee', byok(0.0001), '0.0061', 'price_list'],
    ['the bill is not told, and no fee charged: never nothing', byok(0), '0.006', 'price_list'],
    ['the bill is beyond belief', byok(0.0001, 1e30), '0.0061', 'price_list'],
    ['nothing is told', byok(undefined), '0.006', 'price_list'],
  ] as const)('%s', (_, body, costUsd, costSource) => {
    expect(readUsage(body, price, volume)).toMatchObject({ costUsd, costSource })
  })

  test('any two amounts are summed as BigInt sums them', () => {
    const nanos = fc.bigInt({ min: 0n, max: 10n ** 12n })
    const written = (amount: bigint) => `${amount / 10n ** 9n}.${String(amount % 10n ** 9n).padStart(9, '0')}`
    fc.assert(
      fc.property(nanos, nanos, (fee, bill) => {
        const { costUsd } = readUsage(byok(written(fee), written(bill)), price, volume)
        const [whole = '', fraction = ''] = (costUsd ?? '').split('.')
        expect(BigInt(whole + fraction.padEnd(9, '0'))).toBe(fee + bill)
      }),
    )
  })
})

describe('without a cost told', () => {
  test.each([
    ['the price list', tokens, volume, '0.006', 'price_list'],
    ['counts lost: an estimate from bytes', null, volume, '0.0021', 'estimate'],
    ['one count lost: an estimate with the other', { prompt_tokens: 1000 }, volume, '0.0048', 'estimate'],
    ['counts beyond belief', { prompt_tokens: 1e12, completion_tokens: 3e9 }, volume, '0.0021', 'estimate'],
    ['counts that are none', { prompt_tokens: -1, completion_tokens: 'many' }, volume, '0.0021', 'estimate'],
    [
      'counts that are no whole numbers',
      { prompt_tokens: 1.5, completion_tokens: Number.NaN },
      volume,
      '0.0021',
      'estimate',
    ],
    [
      'nothing produced: what was sent may still be billed',
      null,
      { ...turnedAway, turnedAway: false },
      '0.0003',
      'estimate',
    ],
    ['turned away: nothing', null, turnedAway, '0', null],
    ['turned away, but counted', { prompt_tokens: 1000, completion_tokens: 0 }, turnedAway, '0.003', 'price_list'],
  ] as const)('%s', (_, body, of, costUsd, costSource) => {
    expect(readUsage(body, price, of)).toMatchObject({ costUsd, costSource })
  })
})
