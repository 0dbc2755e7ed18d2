import { expect, test } from 'vitest'
import { isOperator } from './operator.ts'

test.each([
  [{ recto_role: 'operator' }, true],
  [{ recto_role: 'Operator' }, false],
  [{ recto_role: ['operator'] }, false],
  [{ provider: 'email' }, false],
  [{}, false],
])('the claims %j make an operator: %s', (claims, expected) => {
  expect(isOperator(claims)).toBe(expected)
})
