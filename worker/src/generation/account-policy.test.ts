import { expect, test } from 'vitest'
import { AccountPolicy } from './account-policy.ts'

const row = {
  data_residency: 'eu',
  scrub: true,
  allowed_models: ['fast'],
  allowed_kinds: null,
  over_budget: 'wait',
  throttled: true,
}

test('an account policy is read from the columns of the database', () => {
  expect(AccountPolicy.parse(row)).toEqual({
    dataResidency: 'eu',
    scrub: true,
    allowedModels: ['fast'],
    allowedKinds: null,
    overBudget: 'wait',
    throttled: true,
  })
})

test.for([{ data_residency: 'mars' }, { over_budget: 'beg' }, { throttled: null }, { allowed_models: 'fast' }])(
  'an account policy with %j is refused',
  (wrong) => {
    expect(() => AccountPolicy.parse({ ...row, ...wrong })).toThrow()
  },
)
