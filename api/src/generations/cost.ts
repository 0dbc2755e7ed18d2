import { type Catalog, type CatalogModel, type DataResidency, findModels } from '@recto/shared/catalog'
import {
  costAtMost,
  leastAnswerOf,
  type ReadBytes,
  readTokensAtMost,
  costOf as tokensCost,
  usualReadTokens,
} from '@recto/shared/cost'
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

type Candidate = { id: string; quality: number; routes: RoutePrices[] }

/** By catalog, and in it by residency and name: reading the prices takes longer than all else of a submission's cost. */
const known = new WeakMap<Catalog, Map<string, Candidate[]>>()

/** The models that a request names, each with its routes within the residency; without those that have none. */
const candidatesOf = (catalog: Catalog, name: string, residency: DataResidency): Candidate[] => {
  const byName = known.get(catalog) ?? new Map<string, Candidate[]>()
  known.set(catalog, byName)
  const key = `${residency} ${name}`
  const candidates =
    byName.get(key) ??
    findModels(catalog, name).flatMap((model) => {
      const routes = pricesOf(catalog, model, residency)
      return routes.length > 0 ? [{ id: model.id, quality: model.quality, routes }] : []
    })
  // A name that the catalog lacks comes from a person, and is not kept.
  if (candidates.length > 0) byName.set(key, candidates)
  return candidates
}

/** What a model reads of a request at most, in bytes. */
const readBytes = (contract: KindContract, input: Record<string, unknown>): ReadBytes => {
  const { source_text } = inputColumns(contract, input)
  const { promptBytes } = contract
  const prompt = typeof promptBytes === 'number' ? promptBytes : promptBytes(input)
  return { prompt, text: Buffer.byteLength(source_text ?? JSON.stringify(input)) }
}

type Asked = Pick<NewGeneration, 'input' | 'model' | 'options' | 'optimize'>

/** The highest cost of a request at each route, in USD. */
const maxCosts = (routes: readonly RoutePrices[], contract: KindContract, { input, options }: Asked): string[] => {
  const read = readBytes(contract, input)
  const mostTokens = contract.answerTokens(input, options)
  return routes.map(({ maxPrice, thinkingTokens }) => costAtMost(read, mostTokens + thinkingTokens, maxPrice))
}

/** Tokens of usual text and of a usual answer. */
const usualTokens = (contract: KindContract, { input, options }: Asked) => {
  const { prompt, text } = readBytes(contract, input)
  return { input: usualReadTokens(prompt + text), output: contract.usualAnswerTokens(options) }
}

/**
 * Candidates in the order in which workers try them. How fast a model is only workers know, so that for `latency` and
 * without a wish it is the order of the catalog.
 */
const ordered = (
  candidates: readonly Candidate[],
  { optimize }: Asked,
  usual: ReturnType<typeof usualTokens>,
): Candidate[] => {
  const cheapest = ({ routes }: Candidate) => Math.min(...routes.map(({ price }) => Number(tokensCost(usual, price))))
  if (optimize === 'cost') return candidates.toSorted((a, b) => cheapest(a) - cheapest(b))
  if (optimize === 'quality') return candidates.toSorted((a, b) => b.quality - a.quality)
  return [...candidates]
}

const highest = (costs: string[]): string => costs.reduce((most, cost) => maxMoney(most, cost), '0')

/**
 * Computed from the catalog's prices. The highest cost is that of a request of which nothing is cached and an answer of
 * the greatest length; the expected one is that of usual text, a usual answer and no thinking, at list prices.
 */
export const costOf = (catalog: Catalog, contract: KindContract, asked: Asked, residency: DataResidency): Cost => {
  const candidates = candidatesOf(catalog, asked.model, residency)
  const routes = candidates.flatMap((candidate) => candidate.routes)
  const usual = usualTokens(contract, asked)
  return {
    models: ordered(candidates, asked, usual).map(({ id }) => id),
    max_cost_usd: highest(maxCosts(routes, contract, asked)),
    expected_cost_usd: highest(routes.map(({ price }) => tokensCost(usual, price))),
  }
}

/**
 * How many tokens the smallest useful request uses at most, at the route where it uses least: every byte of the input may
 * be one. Null without a route.
 */
export const leastTokens = (
  catalog: Catalog,
  contract: KindContract,
  { input, model, options }: Asked,
  residency: DataResidency,
): number | null => {
  const routes = candidatesOf(catalog, model, residency).flatMap((candidate) => candidate.routes)
  if (routes.length === 0) return null
  const read = readTokensAtMost(readBytes(contract, input))
  const thinking = Math.min(...routes.map(({ thinkingTokens }) => thinkingTokens))
  return read + leastAnswerOf(contract.answerTokens(input, options)) + thinking
}

/** What the request would cost under each alias of the catalog that has a route within the residency. */
export const costsByAlias = (
  catalog: Catalog,
  contract: KindContract,
  asked: Asked,
  residency: DataResidency,
): (Cost & { model: string })[] =>
  Object.keys(catalog.aliases)
    .map((model) => ({ model, ...costOf(catalog, contract, { ...asked, model }, residency) }))
    .filter(({ models }) => models.length > 0)

/**
 * What a request reserves at the route where it reserves least, in USD, of all routes that may serve it: a budget that is
 * smaller can never pay it. Null without a route.
 */
export const leastReservation = (
  catalog: Catalog,
  contract: KindContract,
  asked: Asked,
  residency: DataResidency,
): string | null => {
  const routes = candidatesOf(catalog, asked.model, residency).flatMap((candidate) => candidate.routes)
  return maxCosts(routes, contract, asked).reduce<string | null>(
    (least, cost) => (least === null || maxMoney(least, cost) === least ? cost : least),
    null,
  )
}
