import { type Catalog, type DataResidency, findModels, modelNames } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { routesWithin } from './routes-within.ts'

/**
 * Whether a name stands for a model that a residency allows.
 * @throws AppError unknown_model, which lists what there is; residency_unavailable.
 */
export const checkModel = (catalog: Catalog, name: string, residency: DataResidency): void => {
  const models = findModels(catalog, name)
  if (models.length === 0) throw new AppError('unknown_model', `There are: ${modelNames(catalog).join(', ')}.`)
  if (models.every((model) => routesWithin(catalog, model, residency).length === 0))
    throw new AppError('residency_unavailable')
}
