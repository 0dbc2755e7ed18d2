import type pg from 'pg'
import { type Catalog, findModels, modelNames } from './catalog.ts'
import type { KindContract } from './kinds/contract.ts'
import { otherModelNames } from './model-names.ts'
import { costOfTokens, isMoreMoney } from './money.ts'
import { inDollars } from './price.ts'

/** What the shortest answer that a request of a kind can ask for costs at the cheapest route of a name, in USD by kind. */
const leastCosts = (catalog: Catalog, name: string, kinds: readonly KindContract[]): Record<string, string> => {
  const routes = findModels(catalog, name).flatMap(({ routes, thinking_tokens }) =>
    routes.map(({ price }) => {
      const rate = price.currency === 'USD' ? null : (catalog.rates[price.currency]?.usd ?? null)
      return { thinking_tokens, perMillion: inDollars(price, rate).output_per_million }
    }),
  )
  if (routes.length === 0) return {}
  return Object.fromEntries(
    kinds.map(({ id, leastAnswerTokens }) => {
      const costs = routes.map((route) => costOfTokens(leastAnswerTokens + route.thinking_tokens, route.perMillion))
      return [id, costs.reduce((least, cost) => (isMoreMoney(least, cost) ? cost : least))]
    }),
  )
}

/**
 * Writes into the database which models, kinds and prompt versions a process offers, and what a model costs at least.
 * The database refuses inserts with other names, and forgets names that no process has offered for an hour. It also
 * learns what providers call each model, so that usage by model has one row for it.
 * @throws the database's error
 */
export const offerNames = async (
  db: Pick<pg.ClientBase, 'query'>,
  catalog: Catalog,
  kinds: readonly KindContract[],
): Promise<void> => {
  const models = modelNames(catalog)
  const versions = kinds.flatMap(({ id, promptVersions }) => promptVersions.map((version) => ({ id, version })))
  const others = otherModelNames(catalog)
  await db.query({
    name: 'offer_names',
    text: 'select recto.offer_names($1, $2, $3, $4, $5, $6)',
    values: [
      models,
      versions.map(({ id }) => id),
      versions.map(({ version }) => version),
      models.map((name) => JSON.stringify(leastCosts(catalog, name, kinds))),
      others.map(({ name }) => name),
      others.map(({ id }) => id),
    ],
  })
}
