import type pg from 'pg'
import { type Catalog, findModels, modelNames } from './catalog.ts'
import type { KindContract } from './kinds/contract.ts'
import { otherModelNames } from './model-names.ts'
import { costOfTokens } from './money.ts'
import { inDollars } from './price.ts'

type LeastCost = { name: string; usd: string | null }

/**
 * The name of each model with what a request reserves at least, once for each of its routes: the shortest answer that a
 * request can ask for, in USD. Null for a name without a route.
 */
const leastCosts = (catalog: Catalog, kinds: readonly KindContract[]): { name: string; usd: string | null }[] => {
  const tokens = Math.min(...kinds.map(({ leastAnswerTokens }) => leastAnswerTokens))
  return modelNames(catalog).flatMap((name): LeastCost[] => {
    const costs = findModels(catalog, name).flatMap(({ routes, thinking_tokens }) =>
      routes.map(({ price }) => {
        const rate = price.currency === 'USD' ? null : (catalog.rates[price.currency]?.usd ?? null)
        return { name, usd: costOfTokens(tokens + thinking_tokens, inDollars(price, rate).output_per_million) }
      }),
    )
    return costs.length > 0 ? costs : [{ name, usd: null }]
  })
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
  const models = leastCosts(catalog, kinds)
  const versions = kinds.flatMap(({ id, promptVersions }) => promptVersions.map((version) => ({ id, version })))
  const others = otherModelNames(catalog)
  await db.query({
    name: 'offer_names',
    text: 'select recto.offer_names($1, $2, $3, $4, $5, $6)',
    values: [
      models.map(({ name }) => name),
      versions.map(({ id }) => id),
      versions.map(({ version }) => version),
      models.map(({ usd }) => usd),
      others.map(({ name }) => name),
      others.map(({ id }) => id),
    ],
  })
}
