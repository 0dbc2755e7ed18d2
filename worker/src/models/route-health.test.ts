import { expect, test } from 'vitest'
import { lastResort } from './route-health.ts'

test('the last resort is the route that is free first', () => {
  expect(lastResort([])).toBeNull()
  const [later, sooner] = [
    { route: 'a', until: 20 },
    { route: 'b', until: 10 },
  ]
  expect(lastResort([later, sooner])).toBe(sooner)
})
