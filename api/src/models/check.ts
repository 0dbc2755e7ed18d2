import { type Catalog, type DataResidency, findModels, modelNames } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { routesWithin } from './routes-within.ts'

/**
 * Checks that a name stands for a model which the residency allows.
 * @throws AppError unknown_model, whose message lists the names; residency_unavailable
 */
export const checkModel = (catalog: Catalog, name: string, residency: DataResidency): void => {
  const models = findModels(catalog, name)
  if (models.length === 0) throw new AppError('unknown_model', `The models are: ${modelNames(catalog).join(', ')}.`)
  if (models.every((model) => routesWithin(catalog, model, residency).length === 0))
    throw new AppError('residency_unavailable')
}
