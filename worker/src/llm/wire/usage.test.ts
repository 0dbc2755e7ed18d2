import { addMoney, costOfTokens } from '@recto/shared/money'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { price } from '../../testing/scripted-provider.ts'
import { readUsage } from './usage.ts'

/**
 * 300 bytes sent and 900 produced are estimated as 100 and 300 tokens, which cost 0.0021 USD at 3 and 6 USD per
 * million.
 */
const volume = { sentBytes: 300, producedBytes: 900, maxOutputTokens: 1000, notProcessed: false }
const unprocessed = { sentBytes: 300, producedBytes: 0, maxOutputTokens: 1000, notProcessed: true }
const tokens = { prompt_tokens: 1000, completion_tokens: 500 }
const listed = { costUsd: '0.006', costSource: 'price_list' }
const byok = (cost: unknown, upstream?: unknown) => ({
  ...tokens,
  cost,
  is_byok: true,
  cost_details: { upstream_inference_cost: upstream },
})

test("readUsage returns the provider's own cost, with the token counts", () => {
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

describe('readUsage reads a cost', () => {
  test.each([
    ['that is a string', '0.0000077650', { costUsd: '0.000007765', costSource: 'provider' }],
    ['that is written with an exponent', 7.765e-9, { costUsd: '0.000000007765', costSource: 'provider' }],
    ['with all digits of a number', 0.1 + 0.2, { costUsd: '0.30000000000000004', costSource: 'provider' }],
    ['of 0 from a free model', 0, { costUsd: '0', costSource: 'provider' }],
    ['of minus 0, as 0', -0, { costUsd: '0', costSource: 'provider' }],
    ['of the largest plausible amount', 9999, { costUsd: '9999', costSource: 'provider' }],
    ['of an implausible amount, which the price list replaces', 1e9, listed],
    ['of Infinity, which the price list replaces', Number.POSITIVE_INFINITY, listed],
    ['with a megabyte of digits, which the price list replaces', '9'.repeat(1_000_000), listed],
    ['below 0, which the price list replaces', -0.5, listed],
    ['below 0 as a string, which the price list replaces', '-0.5', listed],
    ['of null, which the price list replaces', null, listed],
    ['that is missing, which the price list replaces', undefined, listed],
    ['in words, which the price list replaces', 'free', listed],
    ['with a currency sign, which the price list replaces', '$0.01', listed],
    ['that is an object, which the price list replaces', { valueOf: 1, toString: 1 }, listed],
    ['that is an array, which the price list replaces', [[0.5]], listed],
  ])('%s', (_, cost, expected) => {
    expect(readUsage({ ...tokens, cost }, price, volume)).toMatchObject(expected)
  })
})

describe('readUsage, with an own key at the upstream (BYOK),', () => {
  test.each([
    ["adds the fee and the upstream's bill", byok(0.1, 0.2), '0.3', 'provider'],
    ["returns the upstream's bill when the fee is 0", byok(0, 0.0002), '0.0002', 'provider'],
    ["returns the upstream's bill when the fee is missing", byok(null, 0.0002), '0.0002', 'provider'],
    ['adds the fee and the price list when the bill is missing', byok(0.0001), '0.0061', 'price_list'],
    ['returns the price list, never 0, when the bill is missing and the fee is 0', byok(0), '0.006', 'price_list'],
    ['adds the fee and the price list when the bill is implausible', byok(0.0001, 1e30), '0.0061', 'price_list'],
    ['returns the price list when fee and bill are missing', byok(undefined), '0.006', 'price_list'],
  ] as const)('%s', (_, body, costUsd, costSource) => {
    expect(readUsage(body, price, volume)).toMatchObject({ costUsd, costSource })
  })

  test('adds any two amounts exactly', () => {
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

describe('readUsage without a cost', () => {
  test.each([
    ['uses the price list when both token counts are there', tokens, volume, '0.006', 'price_list'],
    ['estimates from bytes when the counts are missing', null, volume, '0.0021', 'estimate'],
    ['estimates from bytes what one missing count would say', { prompt_tokens: 1000 }, volume, '0.0048', 'estimate'],
    [
      'estimates from bytes when the counts are implausible',
      { prompt_tokens: 1e12, completion_tokens: 3e9 },
      volume,
      '0.0021',
      'estimate',
    ],
    [
      'estimates from bytes when the counts are invalid',
      { prompt_tokens: -1, completion_tokens: 'many' },
      volume,
      '0.0021',
      'estimate',
    ],
    [
      'estimates from bytes when the counts are not integers',
      { prompt_tokens: 1.5, completion_tokens: Number.NaN },
      volume,
      '0.0021',
      'estimate',
    ],
    [
      'estimates what was sent when nothing was produced',
      null,
      { ...unprocessed, notProcessed: false },
      '0.0003',
      'estimate',
    ],
    ['returns 0 when the request was not processed', null, unprocessed, '0', null],
    [
      'uses the price list when an unprocessed request has token counts',
      { prompt_tokens: 1000, completion_tokens: 0 },
      unprocessed,
      '0.003',
      'price_list',
    ],
  ] as const)('%s', (_, body, measured, costUsd, costSource) => {
    expect(readUsage(body, price, measured)).toMatchObject({ costUsd, costSource })
  })
})

describe('readUsage, with thinking that the completion tokens leave out,', () => {
  const thought = (counts: Record<string, unknown>, reasoning?: number) => ({
    ...counts,
    completion_tokens_details: { reasoning_tokens: reasoning },
  })

  test.each([
    [
      'bills what stands only in the total',
      { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 5100 },
      4100,
      4000,
    ],
    [
      'bills reasoning beside a smaller completion',
      thought({ prompt_tokens: 1000, completion_tokens: 100 }, 4000),
      4100,
      4000,
    ],
    [
      'bills it once when total and reasoning both report it',
      thought({ prompt_tokens: 1000, completion_tokens: 100, total_tokens: 5100 }, 4000),
      4100,
      4000,
    ],
    [
      'bills it beside a larger completion when the total has it',
      thought({ prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1800 }, 300),
      800,
      300,
    ],
    [
      'adds nothing when the completion contains it',
      thought({ prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 }, 300),
      500,
      300,
    ],
    ['reads the output from the total alone', { prompt_tokens: 1000, total_tokens: 1500 }, 500, null],
    ['ignores a total below the sum', { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 7 }, 500, null],
    ['ignores a total of words', { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 'all' }, 500, null],
  ])('%s', (_, body, output, reasoning) => {
    const costUsd = addMoney('0.003', costOfTokens(output, price.output_per_million))
    expect(readUsage(body, price, volume)).toMatchObject({
      ...{ tokensInput: 1000, tokensOutput: output, tokensReasoning: reasoning },
      ...{ costUsd, costSource: 'price_list' },
    })
  })

  test('reads the input from the total when only the output is counted', () => {
    expect(readUsage({ completion_tokens: 500, total_tokens: 1500 }, price, volume)).toMatchObject({
      tokensInput: 1000,
      costUsd: '0.006',
    })
  })
})

describe('readUsage takes as the cost', () => {
  test.each([
    [
      'the total of an object of parts',
      { input_tokens_cost: 0.001, output_tokens_cost: 0.002, total_cost: 0.0093 },
      '0.0093',
    ],
    ['the total of an object as a string', { total_cost: '0.0093' }, '0.0093'],
    ['a string with spaces', ' 0.0093\n', '0.0093'],
    ['a string with an exponent', '9.3e-12', '0.0000000000093'],
  ])('%s', (_, cost, costUsd) => {
    expect(readUsage({ ...tokens, cost }, price, volume)).toMatchObject({ costUsd, costSource: 'provider' })
  })

  test.each(['total_cost', 'estimated_cost'])('the field %s', (field) => {
    expect(readUsage({ ...tokens, [field]: 0.0093 }, price, volume)).toMatchObject({ costUsd: '0.0093' })
  })

  test.each([
    ['an object without a total', { input_tokens_cost: 0.001 }],
    ['an object with a total in words', { total_cost: 'much' }],
    ['an object with a total below 0', { total_cost: -1 }],
  ])('the price list for %s', (_, cost) => {
    expect(readUsage({ ...tokens, cost }, price, volume)).toMatchObject(listed)
  })
})

describe('readUsage, with a usage of zeros beside a text,', () => {
  const estimated = { costUsd: '0.0021', costSource: 'estimate', tokensInput: null, tokensOutput: null }
  const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

  test.each([
    ['without a total', { prompt_tokens: 0, completion_tokens: 0 }],
    ['with a total', zeros],
    ['with a cost of 0', { ...zeros, cost: 0 }],
    ['with a cost object of 0', { ...zeros, cost: { total_cost: 0 } }],
  ])('estimates from bytes %s', (_, body) => {
    expect(readUsage(body, price, volume)).toMatchObject(estimated)
  })

  test('estimates the output when only that is counted as 0', () => {
    expect(readUsage({ prompt_tokens: 1000, completion_tokens: 0 }, price, volume)).toMatchObject({
      costUsd: '0.0048',
      costSource: 'estimate',
    })
  })

  test('keeps a cost above 0', () => {
    expect(readUsage({ ...zeros, cost: 0.5 }, price, volume)).toMatchObject({ costUsd: '0.5', costSource: 'provider' })
  })
})

test('readUsage estimates no more output than the request allowed', () => {
  const huge = { ...volume, producedBytes: 3_900_000, maxOutputTokens: 500 }
  expect(readUsage(null, price, huge)).toMatchObject({ costUsd: '0.0033', costSource: 'estimate' })
})
