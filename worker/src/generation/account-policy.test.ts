import { expect, test } from 'vitest'
import { readAccountPolicy } from './account-policy.ts'

const row = { data_residency: 'eu', scrub: true, allowed_models: ['fast'], over_budget: 'wait', throttled: true }

test('terms are read as the database names them', () => {
  expect(readAccountPolicy(row)).toEqual({
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
    expect(() => readAccountPolicy({ ...row, ...wrong })).toThrow()
  },
)
