import { expect, test } from 'vitest'
import { reviewCode } from './review.ts'

const linesFound = (material: string) =>
  reviewCode(material, 'the tests').findings.map(({ path, line, title }) => [path, line, title])

test.each([
  ['a.ts', 'if (a == b) {', 'Comparison that converts types'],
  ['a.kt', '} catch (e: Exception) { }', 'Error that is caught and lost'],
  ['a.py', '  except:', 'Every exception is caught'],
  ['a.py', 'db.execute("select * from a where b = " + c)', 'SQL built by concatenation'],
  ['a.kt', 'user!!.name', 'Null is not expected'],
  ['a.go', 'f, _ := os.Open(x)', 'Error that is dropped'],
  ['a.sql', 'update orders set paid = true;', 'Statement without a condition'],
  ['a.rb', '# TODO: tests', 'Work that is left to do'],
])('the review by rules of %s finds %s', (path, line, title) => {
  expect(linesFound(`File "${path}":\n1| \n2| ${line}`)).toEqual([[path, 2, title]])
})

test.each([
  ['a.ts', 'if (a === b || c <= d) {'],
  ['a.kt', 'if (a == b) {'],
  ['a.sql', 'update orders set paid = true where id = 1;'],
  ['a.ts', '} catch { log(e) }'],
])('the review by rules of %s finds nothing in %s', (path, line) => {
  expect(linesFound(`File "${path}":\n1| ${line}`)).toEqual([])
})

test('the review by rules reads files only, and quotes lines as they are', () => {
  const material =
    'File "a \\"b\\".ts":\n1|   if (a == b) {\n\nFile "c.go" (Go):\n1| x\n\nDiff:\n| 9| TODO\n\nWishes of the author:\n| TODO'
  expect(reviewCode(material, 'the tests').findings).toMatchObject([
    { path: 'a "b".ts', line: 1, quote: '  if (a == b) {', replacement: '  if (a === b) {' },
  ])
})
