import { bundledCatalog, type DataResidency } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { exampleAccountPolicy, exampleRun } from '../testing/example-run.ts'
import { planRun } from './plan.ts'
import type { Run } from './run.ts'

const catalog = bundledCatalog()
const plan = (run: Partial<Run>, more: { residency?: DataResidency; scrub?: boolean } = {}) =>
  planRun({ catalog, residency: 'any', scrub: false, ...more }, exampleRun(run))

describe('the models are', () => {
  test('those of an alias, in its order', () => {
    expect(plan({ model: 'fast' })).toMatchObject({ ok: true, models: catalog.aliases.fast })
  })

  test('the one that was named', () => {
    expect(plan({ model: 'openai/gpt-5-mini' })).toMatchObject({ ok: true, models: ['openai/gpt-5-mini'] })
  })

  test.each(['gone/model', 'constructor', '__proto__', ''])('none for %j: the run cannot be made', (model) => {
    expect(plan({ model })).toEqual({ ok: false, code: 'unknown_model' })
  })
})

test.each(['flashcards@9', 'constructor', 'toString'])('a prompt version that there is not: %s', (promptVersion) => {
  expect(plan({ promptVersion })).toEqual({ ok: false, code: 'unknown_prompt_version' })
})

const residencies = ['any', 'eu'] as const
const everyResidency = residencies.flatMap((deployment) =>
  residencies.flatMap((account) => residencies.map((request) => ({ deployment, account, request }))),
)
test.each(everyResidency)(
  'the strictest residency holds: $deployment of the deployment, $account of the account, $request of the request',
  ({ deployment, account, request }) => {
    const run = { dataResidency: request, accountPolicy: { ...exampleAccountPolicy, dataResidency: account } }
    const strictest = [deployment, account, request].includes('eu') ? 'eu' : 'any'
    expect(plan(run, { residency: deployment })).toMatchObject({ ok: true, residency: strictest })
  },
)

test.each([
  [false, false, false],
  [false, true, true],
  [true, false, true],
  [true, true, true],
])('a text is scrubbed when the deployment (%s) or the account (%s) says so', (scrub, ofAccount, expected) => {
  const run = { accountPolicy: { ...exampleAccountPolicy, scrub: ofAccount } }
  expect(plan(run, { scrub })).toMatchObject({ ok: true, scrub: expected })
})
