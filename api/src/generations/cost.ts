import { type Catalog, type CatalogModel, type DataResidency, findModels } from '@recto/shared/catalog'
import { costAtMost, costOf as tokensCost, usualReadTokens } from '@recto/shared/cost'
import type { NewGeneration } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { maxMoney } from '@recto/shared/money'
import { inDollars, maxPriceOf, type Price } from '@recto/shared/price'
import { routesWithin } from '../models/routes-within.ts'
import { inputColumns } from './input-columns.ts'

/**
 * The models that may be asked, and what one request to the most expensive of their routes costs: at most, and usually.
 * Decimal strings in USD.
 */
export type Cost = { models: string[]; max_cost_usd: string; expected_cost_usd: string }

/** The prices of a route per token, in USD: its list price, and the highest that it may charge. */
type RoutePrices = { price: Price; maxPrice: Price; thinkingTokens: number }

const pricesOf = (catalog: Catalog, model: CatalogModel, residency: DataResidency): RoutePrices[] =>
  routesWithin(catalog, model, residency).flatMap(({ provider, price: listed, quirks }) => {
    const rate = listed.currency === 'USD' ? null : (catalog.rates[listed.currency]?.usd ?? null)
    const price = inDollars(listed, rate)
    const maxPrice = maxPriceOf(quirks.extra, maxPriceOf(catalog.providers[provider]?.quirks.extra, price))
    return [{ price, maxPrice, thinkingTokens: model.thinking_tokens }]
  })

const highest = (costs: string[]): string => costs.reduce((most, cost) => maxMoney(most, cost), '0')

/**
 * Computed from the catalog's prices. The highest cost is that of a request of which nothing is cached and an answer of
 * the greatest length; the expected one is that of usual text, a usual answer and no thinking, at list prices.
 */
export const costOf = (
  catalog: Catalog,
  contract: KindContract,
  { input, model: name, options }: Pick<NewGeneration, 'input' | 'model' | 'options'>,
  residency: DataResidency,
): Cost => {
  const { source_text, input: json } = inputColumns(contract, input)
  const read = { prompt: contract.promptBytes, text: Buffer.byteLength(source_text ?? json ?? '') }
  const mostTokens = contract.answerTokens(input, options)
  const usual = { input: usualReadTokens(read.prompt + read.text), output: contract.usualAnswerTokens(options) }
  const candidates = findModels(catalog, name).flatMap((model) => {
    const routes = pricesOf(catalog, model, residency)
    return routes.length > 0 ? [{ id: model.id, routes }] : []
  })
  const routes = candidates.flatMap((candidate) => candidate.routes)
  return {
    models: candidates.map(({ id }) => id),
    max_cost_usd: highest(
      routes.map(({ maxPrice, thinkingTokens }) => costAtMost(read, mostTokens + thinkingTokens, maxPrice)),
    ),
    expected_cost_usd: highest(routes.map(({ price }) => tokensCost(usual, price))),
  }
}
