import pg from 'pg'
import { expect, test } from 'vitest'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { budgetErrorOf } from './budget.ts'

const refused = (code: string, detail: string) =>
  Object.assign(new pg.DatabaseError('budget exceeded', 0, 'error'), { code, detail })

test('budgetErrorOf turns a denial into BudgetExceeded with its numbers', () => {
  const account = { scope: 'account', budget_usd: '1', spent_usd: '0.99' }
  const detail = JSON.stringify({ ...account, final: true, hopeless: false, reset: 86_400 })
  const refusal = budgetErrorOf(refused('PT402', detail), '0.012')
  expect(refusal).toBeInstanceOf(BudgetExceeded)
  expect(refusal).toMatchObject({
    final: true,
    hopeless: false,
    resetSeconds: 86_400,
    neededUsd: '0.012',
    budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
  })
})

test('budgetErrorOf returns any other error as it is', () => {
  for (const error of [refused('23505', ''), new TypeError('a defect'), 'a string'])
    expect(budgetErrorOf(error, '0.012')).toBe(error)
})

test('budgetErrorOf throws for a denial without its numbers', () => {
  expect(() => budgetErrorOf(refused('PT402', '{}'), '0.012')).toThrow('final')
})
