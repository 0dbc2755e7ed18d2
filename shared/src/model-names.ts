import type { Catalog } from './catalog.ts'

/**
 * The names under which usage may be recorded for a model besides its id: what its providers call it, and aliases that
 * stand for it alone. Without names that could mean two models.
 */
export const otherModelNames = ({ models, aliases }: Catalog): { name: string; id: string }[] => {
  const ids = new Set(models.map(({ id }) => id))
  const pairs = [
    ...models.flatMap(({ id, routes }) => routes.map(({ model = id }) => ({ name: model, id }))),
    ...Object.entries(aliases).flatMap(([name, of]) => of.map((id) => ({ name, id }))),
  ]
  const idsOf = Map.groupBy(pairs, ({ name }) => name)
  return [...idsOf].flatMap(([name, found]) => {
    const [id, ...others] = new Set(found.map((pair) => pair.id))
    return id === undefined || others.length > 0 || ids.has(name) ? [] : [{ name, id }]
  })
}
