import { type Catalog, type CatalogModel, type DataResidency, satisfies } from '@recto/shared/catalog'

export type RegionalRoute = CatalogModel['routes'][number] & { region: string }

/** The routes of a model that a residency allows, each with the region of its provider. */
export const routesWithin = (
  { providers }: Catalog,
  { routes }: CatalogModel,
  residency: DataResidency,
): RegionalRoute[] =>
  routes.flatMap((route) => {
    const region = providers[route.provider]?.region
    return region !== undefined && satisfies(region, residency) ? { ...route, region } : []
  })
