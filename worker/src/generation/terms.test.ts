import { expect, test } from 'vitest'
import { readTerms } from './terms.ts'

const row = { data_residency: 'eu', scrub: true, allowed_models: ['fast'], over_budget: 'wait', throttled: true }

test('terms are read as the database names them', () => {
  expect(readTerms(row)).toEqual({
    dataResidency: 'eu',
    scrub: true,
    allowedModels: ['fast'],
    overBudget: 'wait',
    throttled: true,
  })
})

test.for([{ data_residency: 'mars' }, { over_budget: 'beg' }, { throttled: null }, { allowed_models: 'fast' }])(
  'what is none of them (%j) is never guessed at',
  (wrong) => {
    expect(() => readTerms({ ...row, ...wrong })).toThrow()
  },
)
