import type pg from 'pg'
import { type Catalog, modelNames } from './catalog.ts'
import type { KindContract } from './kinds/contract.ts'

/**
 * Writes into the database which models, kinds and prompt versions a process offers. The database refuses inserts with
 * other names, and forgets names that no process has offered for an hour.
 * @throws the database's error
 */
export const offerNames = async (
  db: Pick<pg.ClientBase, 'query'>,
  catalog: Catalog,
  kinds: readonly KindContract[],
): Promise<void> => {
  const versions = kinds.flatMap(({ id, promptVersions }) => promptVersions.map((version) => ({ id, version })))
  await db.query({
    name: 'offer_names',
    text: 'select recto.offer_names($1, $2, $3)',
    values: [modelNames(catalog), versions.map(({ id }) => id), versions.map(({ version }) => version)],
  })
}
