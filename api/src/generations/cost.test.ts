import { bundledCatalog, parseCatalog } from '@recto/shared/catalog'
import { templateTokens } from '@recto/shared/cost'
import { flashcardsContract } from '@recto/shared/kinds/flashcards/contract'
import { answerTokens, promptSize, usualAnswerTokens } from '@recto/shared/kinds/flashcards/size'
import { describe, expect, it } from 'vitest'
import { costOf, costsByAlias, leastReservation, leastTokens } from './cost.ts'

const price = (input: string, output: string, currency = 'USD') => ({
  input_per_million: input,
  output_per_million: output,
  currency,
  as_of: '2026-11-01',
})
const provider = (region: string, extra = {}) => ({
  base_url: 'https://lab.example/v1',
  region,
  key_variable: 'LAB_KEY',
  quirks: { extra },
})

const catalog = parseCatalog({
  providers: {
    far: provider('us'),
    near: provider('eu'),
    broker: provider('us', { provider: { max_price: { prompt: 9, completion: '8' } } }),
  },
  rates: { EUR: { usd: '1.5', as_of: '2026-11-01' } },
  models: [
    {
      id: 'small',
      quality: 1,
      context_tokens: 1000,
      thinking_tokens: 500,
      routes: [
        { provider: 'far', price: price('1', '2') },
        { provider: 'near', price: price('1', '4', 'EUR') },
      ],
    },
    { id: 'large', quality: 2, context_tokens: 1000, routes: [{ provider: 'broker', price: price('1', '2') }] },
  ],
  aliases: { balanced: ['small', 'large'] },
})

const text = 'ü'.repeat(1500)
const input = { input: { source_text: text }, options: { max_cards: 1 } }
// The text may have a token per byte, the prompt has one per three bytes.
const prompt = 3000 + Math.ceil(promptSize.bytes / 3) + templateTokens
const answer = answerTokens(input.options, text)
const dollars = (perPrompt: number, perAnswer: number, thinking = 0) =>
  (prompt * perPrompt + (answer + thinking) * perAnswer) / 1e6
const usually = (perPrompt: number, perAnswer: number) => {
  const read = Math.ceil((3000 + promptSize.bytes) / 3) + templateTokens
  return (read * perPrompt + usualAnswerTokens(input.options) * perAnswer) / 1e6
}

describe('costOf', () => {
  it.each([
    // The model may think with 500 tokens before it answers. A euro is 1.5 USD.
    ['small', 'any', ['small'], dollars(1.5, 6, 500), usually(1.5, 6)],
    ['small', 'eu', ['small'], dollars(1.5, 6, 500), usually(1.5, 6)],
    ['balanced', 'eu', ['small'], dollars(1.5, 6, 500), usually(1.5, 6)],
    // A broker may route to any provider up to its max_price.
    ['balanced', 'any', ['small', 'large'], dollars(9, 8), usually(1.5, 6)],
    ['large', 'any', ['large'], dollars(9, 8), usually(1, 2)],
  ] as const)(
    'of %s with residency %s is that of the most expensive route',
    (model, residency, models, most, usual) => {
      const told = costOf(catalog, flashcardsContract, { ...input, model }, residency)
      expect(told.models).toEqual(models)
      expect(Number(told.max_cost_usd)).toBeCloseTo(most, 12)
      expect(Number(told.expected_cost_usd)).toBeCloseTo(usual, 12)
    },
  )

  it('grows with max_cards, up to the longest answer of a model', () => {
    const cost = (max_cards: number) =>
      Number(
        costOf(
          catalog,
          flashcardsContract,
          { input: { source_text: '漢'.repeat(1500) }, model: 'balanced', options: { max_cards } },
          'any',
        ).max_cost_usd,
      )
    expect(cost(2)).toBeGreaterThan(cost(1))
    expect(cost(30)).toBe(cost(29))
  })

  it('of every bundled model is at most a tenth of the 0.50 USD that the free plan has for a month', () => {
    const bundled = bundledCatalog()
    const source_text = 'With malice toward none, with charity for all, with firmness in the right. '.repeat(40)
    for (const { id } of bundled.models) {
      const told = costOf(bundled, flashcardsContract, { input: { source_text }, model: id, options: {} }, 'any')
      expect(Number(told.max_cost_usd), id).toBeLessThanOrEqual(0.05)
      expect(Number(told.expected_cost_usd), id).toBeLessThan(Number(told.max_cost_usd) / 2)
    }
  })
})

describe('a request that says what to optimize', () => {
  const dear = { id: 'dear', quality: 90, context_tokens: 1000, routes: [{ provider: 'far', price: price('9', '9') }] }
  const many = parseCatalog({
    ...catalog,
    models: [dear, ...catalog.models],
    aliases: { balanced: ['large', 'dear', 'small'], near: ['small'], distant: ['dear'] },
  })
  const asked = { ...input, model: 'balanced' }

  it.each([
    [undefined, ['large', 'dear', 'small']],
    ['latency', ['large', 'dear', 'small']],
    ['quality', ['dear', 'large', 'small']],
    ['cost', ['large', 'small', 'dear']],
  ] as const)('%s has its models in the order %j', (optimize, models) => {
    expect(costOf(many, flashcardsContract, { ...asked, optimize }, 'any').models).toEqual(models)
  })

  it('is told the cost under each alias that has a route', () => {
    const told = costsByAlias(many, flashcardsContract, { ...asked, optimize: 'quality' }, 'any')
    expect(told.map(({ model, models }) => [model, models])).toEqual([
      ['balanced', ['dear', 'large', 'small']],
      ['near', ['small']],
      ['distant', ['dear']],
    ])
    expect(told[1]).toEqual({ model: 'near', ...costOf(many, flashcardsContract, { ...input, model: 'small' }, 'any') })
    const inEu = costsByAlias(many, flashcardsContract, asked, 'eu')
    expect(inEu.map(({ model, models }) => [model, models])).toEqual([
      ['balanced', ['small']],
      ['near', ['small']],
    ])
  })
})

describe('leastTokens', () => {
  it('is what the smallest request may use at the route where it uses least, and unknown without a route', () => {
    const least = (model: string, residency: 'any' | 'eu' = 'any') =>
      leastTokens(catalog, flashcardsContract, { ...input, model }, residency)
    const small = prompt + Math.min(answer, 256)
    expect([least('small'), least('large'), least('balanced')]).toEqual([small + 500, small, small])
    expect(least('large', 'eu')).toBeNull()
  })
})

describe('leastReservation', () => {
  const least = (model: string, residency: 'any' | 'eu') =>
    leastReservation(catalog, flashcardsContract, { ...input, model }, residency)

  it('is the highest cost at the cheapest route of all models that may be asked', () => {
    expect(Number(least('small', 'any'))).toBeCloseTo(dollars(1, 2, 500), 12)
    expect(Number(least('small', 'eu'))).toBeCloseTo(dollars(1.5, 6, 500), 12)
    expect(Number(least('balanced', 'any'))).toBeCloseTo(dollars(1, 2, 500), 12)
    expect(Number(least('large', 'any'))).toBeCloseTo(dollars(9, 8), 12)
  })

  it('is unknown without a route', () => {
    expect(least('large', 'eu')).toBeNull()
  })
})
