import { expect, test } from 'vitest'
import { priorityOf } from './queue.ts'

const int4 = 2_147_483_647

test('priorityOf ranks any job of a higher band first, and within a band those of people with fewer jobs', () => {
  expect(priorityOf(1_000_000, 1)).toBeGreaterThan(priorityOf(0, 0))
  expect(priorityOf(0, 0)).toBeGreaterThan(priorityOf(1, 0))
})

test.each([-300, 101, 300, 1e9])('priorityOf clamps the band %i, so that the queue can store the priority', (band) => {
  const priority = priorityOf(5, band)
  expect(Math.abs(priority)).toBeLessThanOrEqual(int4)
  expect(priority).toBe(priorityOf(5, band < 0 ? 0 : 100))
})
