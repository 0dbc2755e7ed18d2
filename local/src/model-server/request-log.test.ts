import { expect, test } from 'vitest'
import { FREE } from './charge.ts'
import { createRequestLog } from './request-log.ts'

test('the request log finds a record by its id until it is dropped as an old one or cleared', () => {
  const log = createRequestLog('paris')
  const first = log.open().record
  expect(log.find(first.id)).toBe(first)
  for (let opened = 1; opened < 200_000; opened += 1) log.open()
  const last = log.open()
  last.finish('completed', { ...FREE, chargedUsd: '0.1' }, 0)
  expect(log.find(first.id)).toBeUndefined()
  expect(log.find(last.record.id)).toBe(last.record)
  expect(log.totals()).toMatchObject({ requests: 200_001, completed: 1, chargedUsd: '0.1' })

  log.clear()
  expect(log.find(last.record.id)).toBeUndefined()
  const next = log.open().record
  expect(log.find(next.id)).toBe(next)
  expect(log.find(`${next.id}x`)).toBeUndefined()
})
