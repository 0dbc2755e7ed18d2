import { expect, test } from 'vitest'
import { FREE } from './bill.ts'
import { createLedger } from './ledger.ts'

test('records are found by their ids, also after older ones have gone, until they are cleared', () => {
  const ledger = createLedger('paris')
  const first = ledger.open().record
  expect(ledger.find(first.id)).toBe(first)
  for (let opened = 1; opened < 200_000; opened += 1) ledger.open()
  const last = ledger.open()
  last.finish('completed', { ...FREE, chargedUsd: '0.1' }, 0)
  expect(ledger.find(first.id)).toBeUndefined()
  expect(ledger.find(last.record.id)).toBe(last.record)
  expect(ledger.totals()).toMatchObject({ requests: 200_001, completed: 1, chargedUsd: '0.1' })

  ledger.clear()
  expect(ledger.find(last.record.id)).toBeUndefined()
  const next = ledger.open().record
  expect(ledger.find(next.id)).toBe(next)
  expect(ledger.find(`${next.id}x`)).toBeUndefined()
})
