import { bundledCatalog, type DataResidency } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { findKind } from '../kinds/registry.ts'
import { exampleAccountPolicy, exampleRun } from '../testing/example-run.ts'
import { planRun } from './plan.ts'
import type { Run } from './run.ts'

const catalog = bundledCatalog()
const plan = (run: Partial<Run>, more: { residency?: DataResidency; scrub?: boolean } = {}) =>
  planRun({ catalog, findKind, residency: 'any', scrub: false, ...more }, exampleRun(run))

describe('the models of a plan', () => {
  test('are those of an alias, in its order', () => {
    expect(plan({ model: 'fast' })).toMatchObject({ ok: true, models: catalog.aliases.fast })
  })

  test('are the one model that the request names', () => {
    expect(plan({ model: 'openai/gpt-5-mini' })).toMatchObject({ ok: true, models: ['openai/gpt-5-mini'] })
  })

  test.each(['gone/model', 'constructor', '__proto__', ''])(
    'cannot be found for %j, so the code is unknown_model',
    (model) => {
      expect(plan({ model })).toEqual({ ok: false, code: 'unknown_model' })
    },
  )
})

test('an unknown kind is refused before anything else', () => {
  expect(plan({ kind: 'poems', model: 'gone/model' })).toEqual({ ok: false, code: 'unknown_kind' })
})

test('a kind that the plan does not include is refused', () => {
  const accountPolicy = { ...exampleAccountPolicy, allowedKinds: ['chat'] }
  expect(plan({ accountPolicy })).toEqual({ ok: false, code: 'kind_not_allowed' })
  expect(plan({ accountPolicy: { ...accountPolicy, allowedKinds: ['flashcards'] } })).toMatchObject({ ok: true })
})

test.each([{ max_cards: 31 }, 'none'])('options that the kind does not have are refused: %j', (options) => {
  expect(plan({ options })).toEqual({ ok: false, code: 'invalid_input' })
})

test.each(['flashcards@9', 'constructor', 'toString'])('an unknown prompt version is refused: %s', (promptVersion) => {
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
