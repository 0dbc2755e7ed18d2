import { expect, test } from 'vitest'
import { retryAfterSeconds } from './retry-after.ts'

const now = Date.parse('2026-11-28T12:00:00Z')

test.each([
  [undefined, null],
  ['', null],
  ['0', 0],
  ['120', 120],
  [' 7 ', 7],
  ['999999999', 999_999_999],
  ['1e3', null],
  ['-1', null],
  ['1.5', null],
  ['1234567890', null],
  ['Sat, 28 Nov 2026 12:01:00 GMT', 60],
  ['Saturday, 28-Nov-26 12:01:00 GMT', 60],
  ['Sat, 28 Nov 2026 11:00:00 GMT', 0],
  ['Sat, 99 Nov 2026 11:00:00 GMT', null],
  ['tomorrow', null],
  ['2026-11-29', null],
])('retryAfterSeconds of %j is %j', (header, seconds) => expect(retryAfterSeconds(header, now)).toBe(seconds))
