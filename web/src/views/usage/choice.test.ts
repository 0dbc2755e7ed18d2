import { expect, test } from 'vitest'
import { choiceOf, pathOf } from './choice.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const read = (query: string) => choiceOf(new URLSearchParams(query), now)

test('an address without a choice shows the cost of this month by day', () => {
  expect(read('')).toEqual({
    name: 'month',
    period: { from: '2026-11-01', to: '2026-11-21' },
    by: 'day',
    show: 'cost',
  })
})

test('an address that somebody typed shows the usual in place of what is unknown', () => {
  expect(read('period=forever&by=toString&show=__proto__')).toEqual(read(''))
})

test.each([
  'period=custom&from=2026-10-01&to=2026-10-31&by=flag&show=tokens',
  'period=last_month&by=person&show=generations',
  'period=custom&from=&to=2026-10-31&by=model&show=cost',
])('the address %s leads back to its own choice', (query) => {
  expect(pathOf(read(query))).toBe(`/usage?${query}`)
})
