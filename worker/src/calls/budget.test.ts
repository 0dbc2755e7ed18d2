import pg from 'pg'
import { expect, test } from 'vitest'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import { budgetRefusal } from './budget.ts'

const refused = (code: string, detail: string) =>
  Object.assign(new pg.DatabaseError('budget exceeded', 0, 'error'), { code, detail })

test('a refusal of the database says whether there is hope, and until when', () => {
  const account = { scope: 'account', budget_usd: '1', spent_usd: '0.99' }
  const detail = JSON.stringify({ ...account, final: true, hopeless: false, reset: 86_400 })
  const refusal = budgetRefusal(refused('PT402', detail), '0.012')
  expect(refusal).toBeInstanceOf(BudgetExceeded)
  expect(refusal).toMatchObject({
    final: true,
    hopeless: false,
    resetSeconds: 86_400,
    neededUsd: '0.012',
    budget: { scope: 'account', budgetUsd: '1', spentUsd: '0.99' },
  })
})

test('any other error is as it was', () => {
  for (const error of [refused('23505', ''), new TypeError('a defect'), 'a string'])
    expect(budgetRefusal(error, '0.012')).toBe(error)
})

test('a refusal without its numbers is a defect, and no refusal', () => {
  expect(() => budgetRefusal(refused('PT402', '{}'), '0.012')).toThrow('final')
})
