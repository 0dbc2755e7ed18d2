import { expect, test } from 'vitest'
import { createRecent } from './recent.ts'

test('of more values than are kept, those that were set or asked for last stay', () => {
  const recent = createRecent<number>(100)
  recent.set('ann', 1)
  for (let n = 0; n < 10_000; n++) {
    recent.set(`${n}`, n)
    if (n % 99 === 0) expect(recent.get('ann')).toBe(1)
  }
  for (let n = 9_950; n < 10_000; n++) expect(recent.get(`${n}`)).toBe(n)
  for (let n = 0; n < 9_800; n++) expect(recent.get(`${n}`)).toBeUndefined()
})

test('a value that is set again takes the place of the one before, however long that was not asked for', () => {
  const recent = createRecent<string>(2)
  recent.set('ann', 'home')
  recent.set('bea', 'b')
  recent.set('ann', 'b')
  expect(recent.get('ann')).toBe('b')
  recent.set('zoe', 'c')
  expect(recent.get('ann')).toBe('b')
})
