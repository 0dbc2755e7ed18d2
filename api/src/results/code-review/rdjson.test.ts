import { expect, test } from 'vitest'
import { exampleFinding } from '../../testing/example-finding.ts'
import { rdjsonOf } from './rdjson.ts'

const range = { start: { line: 2 }, end: { line: 3 } }

test('a code review in the Reviewdog Diagnostic Format has ranges of whole lines', () => {
  expect(rdjsonOf([exampleFinding])).toEqual({
    source: { name: 'recto' },
    diagnostics: [
      {
        message: 'Loose comparison\n\nCompares with `==`.',
        location: { path: 'src/add.ts', range },
        severity: 'WARNING',
        code: { value: 'error_handling' },
        suggestions: [{ range, text: '  if (a === b) {\n    return a' }],
      },
    ],
  })
})

test('a code review in the Reviewdog Diagnostic Format has a severity for each level, and no rejected findings', () => {
  const { suggestion: _, ...plain } = exampleFinding
  const { diagnostics } = rdjsonOf([
    { ...plain, level: 'error' },
    { ...plain, level: 'note', status: 'accepted' },
    { ...plain, status: 'rejected' },
  ])
  expect(diagnostics.map(({ severity, suggestions }) => [severity, suggestions])).toEqual([
    ['ERROR', undefined],
    ['INFO', undefined],
  ])
})
