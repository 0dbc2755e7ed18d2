import { expect, test } from 'vitest'
import { sideProblem } from './side-problem.ts'

test.each([
  ['Why?', null],
  ['😀'.repeat(5), null],
  ['😀'.repeat(6), 'long'],
  [' \n\u0085', 'blank'],
  ['', 'blank'],
  ['a\u0000', 'characters'],
  ['a\ud800', 'characters'],
])('the problem of %j with at most five characters is %s', (text, problem) => {
  expect(sideProblem(text, 5)).toBe(problem)
})
