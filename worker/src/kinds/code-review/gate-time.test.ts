import { expect, test } from 'vitest'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { gate } from './gate.ts'
import { request } from './prompt.ts'

const line = 'abc'
const files = Array.from({ length: 20 }, (_, n) => ({ path: `f${n}.ts`, content: `${line}\n`.repeat(750) }))
const one = [{ path: 'f0.ts', content: `${line}\n`.repeat(14_999) }]
const finding = { path: 'f0.ts', line: 9, category: 'bug', level: 'note', title: 'T', message: 'M', replacement: null }
const many = (element: (n: number) => object) => Array.from({ length: 2000 }, (_, n) => ({ ...finding, ...element(n) }))

test.each([
  ['a repeated line', one, many(() => ({ quote: line }))],
  ['long quotes of repeated lines', one, many((n) => ({ quote: `${line}\n`.repeat(1200 + (n % 9)) }))],
  ['quotes that differ in their last line', one, many(() => ({ quote: `${`${line}\n`.repeat(1200)}x` }))],
  ['indented quotes', one, many(() => ({ quote: `\t${line}\n`.repeat(900) }))],
  ['all files', files, many((n) => ({ path: `f${n % 20}.ts`, quote: `${line}\n`.repeat(750) }))],
  ['messages full of code', one, many(() => ({ quote: line, message: '`a` is not called '.repeat(5000) }))],
  [
    'messages full of beginnings of links',
    one,
    many(() => ({ quote: `${line}\n`.repeat(750), message: 'src= ['.repeat(9000) })),
  ],
])('the gate lets the event loop run and ends soon: %s', async (_what, input, elements) => {
  const options = { max_findings: 50 }
  const asked = request({ input: { files: input }, options, delimiter: 'text-1a', marks: false })
  const turn = await leastOf(120, () =>
    longestTurn(() => gate({ elements, input: { files: input }, options, request: asked })),
  )
  expect(turn).toBeLessThan(120)
})
