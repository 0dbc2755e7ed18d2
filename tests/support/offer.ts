import type { System } from './system.ts'

/**
 * Offers names as a process would that runs no longer: rows with them are accepted, and no worker of the test knows them.
 * `versions` are pairs of a kind and a prompt version.
 */
export const offerNames = async (
  { admin }: Pick<System, 'admin'>,
  { models = [], versions = [] }: { models?: string[]; versions?: (readonly [kind: string, version: string])[] },
): Promise<void> => {
  const [kinds, names] = [versions.map(([kind]) => kind), versions.map(([, version]) => version)]
  await admin.query('select recto.offer_names($1, $2, $3)', [models, kinds, names])
}
