import { type Catalog, type DataResidency, findModels } from '@recto/shared/catalog'
import { costAtMost } from '@recto/shared/cost'
import type { NewGeneration } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { maxMoney } from '@recto/shared/money'
import { inDollars, maxPriceOf, type Price } from '@recto/shared/price'
import { routesWithin } from '../models/routes-within.ts'
import { inputColumns } from './input-columns.ts'

/**
 * The models that may be asked, and the highest cost of one request to the most expensive of their routes, as a decimal
 * string in USD.
 */
export type Cost = { models: string[]; max_cost_usd: string }

const maxPrices = (catalog: Catalog, name: string, residency: DataResidency): { model: string; prices: Price[] }[] =>
  findModels(catalog, name).flatMap((model) => {
    const prices = routesWithin(catalog, model, residency).flatMap(({ provider, price, quirks }) => {
      const rate = price.currency === 'USD' ? null : (catalog.rates[price.currency]?.usd ?? null)
      const dollars = maxPriceOf(quirks.extra, inDollars(price, rate))
      return [maxPriceOf(catalog.providers[provider]?.quirks.extra, dollars)]
    })
    return prices.length > 0 ? [{ model: model.id, prices }] : []
  })

/**
 * Computed from the catalog's prices, for a request of which nothing is cached and an answer of the greatest length.
 */
export const costOf = (
  catalog: Catalog,
  contract: KindContract,
  { input, model, options }: Pick<NewGeneration, 'input' | 'model' | 'options'>,
  residency: DataResidency,
): Cost => {
  const candidates = maxPrices(catalog, model, residency)
  const { source_text, input: json } = inputColumns(contract, input)
  const read = { prompt: contract.promptBytes, text: Buffer.byteLength(source_text ?? json ?? '') }
  const mostTokens = contract.answerTokens(options)
  const costs = candidates.flatMap(({ prices }) => prices.map((price) => costAtMost(read, mostTokens, price)))
  return {
    models: candidates.map(({ model: id }) => id),
    max_cost_usd: costs.reduce((most, cost) => maxMoney(most, cost), '0'),
  }
}
