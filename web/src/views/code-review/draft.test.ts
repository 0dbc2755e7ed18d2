import { reviewBounds } from '@recto/shared/kinds/code-review/input'
import { describe, expect, test } from 'vitest'
import { codeBounds } from './bounds.ts'
import { bodyOf, codeProblem, type DraftFile, emptyDraft, lengthOf, pathProblem, withContent } from './draft.ts'

const file = (path: string, content = 'x'): DraftFile => ({ key: path + content, path, content })

test('the bounds of the page are those of the API', () => {
  expect(reviewBounds).toMatchObject(codeBounds)
})

describe('the files of a draft', () => {
  test('are counted together in code points', () => {
    expect(lengthOf([file('a', '😀😀'), file('b', 'é\n')])).toBe(4)
  })

  test.each([
    ['blank', [file('a', ' \n'), file('b', '')]],
    ['tooMany', Array.from({ length: 21 }, (_, n) => file(`${n}`))],
    ['tooLong', [file('a', 'x'.repeat(60_000)), file('b', 'y')]],
    [null, [file('a', '😀'.repeat(60_000))]],
    [null, [file('a', ''), ...Array.from({ length: 19 }, (_, n) => file(`${n}`))]],
  ])('are refused as %s', (problem, files) => {
    expect(codeProblem(files)).toBe(problem)
  })

  test.each([
    ['badPath', '/etc/passwd'],
    ['badPath', '../a.ts'],
    ['badPath', ''],
    ['samePath', 'b.ts'],
    [null, 'src/a.ts'],
  ])('are refused as %s with the path %j beside b.ts', (problem, path) => {
    const one = file(path)
    expect(pathProblem([one, file('b.ts', 'other')], one)).toBe(problem)
  })

  test('take a file in place of that with the same path, and of one that is empty', () => {
    const [empty, kept] = [file('', ''), file('a.ts', 'old')]
    expect(withContent([empty], 'a.ts', 'new')).toMatchObject([{ path: 'a.ts', content: 'new' }])
    expect(withContent([kept, empty], 'a.ts', 'new')).toMatchObject([{ path: 'a.ts', content: 'new' }, empty])
  })
})

describe('the request of a draft', () => {
  test('is one text when it has no path, in English without instructions', () => {
    expect(bodyOf({ ...emptyDraft(), files: [file('', 'x')] }, 'en')).toEqual({
      kind: 'code_review',
      source_code: 'x',
    })
  })

  test('has its files, its instructions and the language of the page', () => {
    expect(bodyOf({ files: [file('a.ts'), file('b.ts', '')], instructions: 'Threads' }, 'pl')).toEqual({
      kind: 'code_review',
      files: [
        { path: 'a.ts', content: 'x' },
        { path: 'b.ts', content: '' },
      ],
      instructions: 'Threads',
      options: { language: 'pl' },
    })
  })
})
