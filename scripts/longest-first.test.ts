import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { longest } from '../tests/support/longest-first.ts'

test('the list of the longest test files names files that exist', () => {
  const missing = Object.keys(longest).filter((file) => !existsSync(join(dirname(import.meta.dirname), file)))
  expect(missing).toEqual([])
})
