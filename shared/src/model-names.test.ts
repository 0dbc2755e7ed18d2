import { describe, expect, it } from 'vitest'
import { parseCatalog } from './catalog.ts'
import { otherModelNames } from './model-names.ts'

const price = { input_per_million: '0.10', output_per_million: '0.40', currency: 'USD', as_of: '2026-11-01' }
const provider = (key: string) => ({
  base_url: `https://${key.toLowerCase()}.example`,
  region: 'eu',
  key_variable: key,
})
const model = (id: string, ...names: (string | undefined)[]) => ({
  id,
  quality: 50,
  context_tokens: 32_000,
  routes: names.map((name, at) => ({ provider: at === 0 ? 'one' : 'two', ...(name && { model: name }), price })),
})
/** The default alias stands for all models. */
const namesOf = (models: { id: string }[], more: Record<string, string[]> = {}) => {
  const aliases = { balanced: models.map(({ id }) => id), ...more }
  return otherModelNames(parseCatalog({ providers: { one: provider('ONE'), two: provider('TWO') }, models, aliases }))
}

describe('otherModelNames', () => {
  it('maps what providers call a model to its id', () => {
    expect(namesOf([model('lab/a', undefined, 'a-2025'), model('lab/b', 'b')])).toEqual([
      { name: 'a-2025', id: 'lab/a' },
      { name: 'b', id: 'lab/b' },
    ])
  })

  it('maps an alias of one model, and none of several', () => {
    const models = [model('lab/a', undefined), model('lab/b', undefined)]
    expect(namesOf(models, { best: ['lab/a'], any: ['lab/a', 'lab/b'] })).toEqual([{ name: 'best', id: 'lab/a' }])
  })

  it('leaves out a name that stands for two models, and one that is the id of another', () => {
    const models = [model('lab/a', 'shared', 'lab/b'), model('lab/b', undefined, 'shared')]
    expect(namesOf(models)).toEqual([])
  })
})
