import { bundledCatalog, findModels, modelNames } from '@recto/shared/catalog'
import { expect, test } from 'vitest'
import { createStub } from './stub.ts'

const catalog = bundledCatalog()

test('createStub is refused in production', () => {
  expect(() => createStub(catalog, { NODE_ENV: 'production' })).toThrow(/RECTO_STUB=on .* NODE_ENV=production/)
})

test('createStub replaces every model, and no name of a real one is left', () => {
  const { catalog: replaced } = createStub(catalog, {})
  for (const name of modelNames(catalog)) expect(findModels(replaced, name)).toMatchObject([{ id: 'recto-stub' }])
  expect(replaced.models.map(({ id }) => id)).toEqual(['recto-stub'])
  expect(Object.keys(replaced.providers)).toEqual(['recto-stub'])
})
