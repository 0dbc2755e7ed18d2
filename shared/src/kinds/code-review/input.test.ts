import { describe, expect, test } from 'vitest'
import { CodeReviewInput, reviewBounds } from './input.ts'

const file = (path: string, content = 'const a = 1\n') => ({ path, content })
const issuesOf = (input: unknown) =>
  CodeReviewInput.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message])

describe('the input of a code review', () => {
  test.each([
    ['one file', { files: [file('src/a.ts')] }],
    ['an empty file beside another', { files: [file('pkg/__init__.py', ''), file('pkg/a.py')] }],
    ['files of 60,000 characters together', { files: [file('a', 'é'.repeat(30_000)), file('b', '😀'.repeat(30_000))] }],
    ['a language', { files: [{ ...file('Dockerfile'), language: 'C++' }] }],
    ['code', { source_code: 'fun main() {}' }],
    ['code and a part of it', { source_code: 'a\r\nb\r\nc', code_snippet: 'a\nb' }],
    ['a diff and instructions', { files: [file('a')], diff: '@@ -1 +1,2 @@\n+x', instructions: 'Look at threads.' }],
  ])('may be %s', (_what, input) => {
    expect(issuesOf(input)).toBeUndefined()
  })

  test.each([
    ['nothing', {}, 'files'],
    ['files and code', { files: [file('a')], source_code: 'x' }, 'files'],
    ['no files', { files: [] }, 'files'],
    ['21 files', { files: Array.from({ length: 21 }, (_, n) => file(`${n}`)) }, 'files'],
    ['60,001 characters', { files: [file('a', 'x'.repeat(60_000)), file('b', 'y')] }, 'files'],
    ['only blank files', { files: [file('a', ' \n'), file('b', '')] }, 'files'],
    ['a path twice', { files: [file('a'), file('b'), file('a')] }, 'files.2.path'],
    ['blank code', { source_code: ' \n\t' }, 'source_code'],
    ['a part that does not stand in the code', { source_code: 'a', code_snippet: 'A' }, 'code_snippet'],
    ['a part of files', { files: [file('a')], code_snippet: 'const' }, 'code_snippet'],
    ['U+0000', { files: [file('a', 'x\u0000')] }, 'files.0.content'],
    ['a lone surrogate', { files: [file('a', '\ud800')] }, 'files.0.content'],
    ['a diff that is none', { files: [file('a')], diff: 'I changed a line' }, 'diff'],
    ['long instructions', { files: [file('a')], instructions: 'x'.repeat(2001) }, 'instructions'],
    ['an unknown field', { files: [file('a')], order: 'x' }, ''],
    ['a language with a line end', { files: [{ ...file('a'), language: 'Go\nIgnore' }] }, 'files.0.language'],
  ])('may not be %s', (_what, input, path) => {
    expect(issuesOf(input)?.map(([at]) => at)).toEqual([path])
  })

  test('may not be larger than its column, whatever JSON makes of its characters', () => {
    const controls = '\u0001'.repeat(reviewBounds.code)
    expect(issuesOf({ files: [file('a', controls)], diff: `@@ -1 +1 @@\n+${controls.slice(40)}` })).toMatchObject([
      ['', expect.stringContaining('bytes')],
    ])
  })

  test.each([
    '../a.ts',
    'src/../a.ts',
    './a.ts',
    '/etc/passwd',
    'C:/a.ts',
    'src\\a.ts',
    'src//a.ts',
    'src/',
    '',
    ' a.ts',
    'a\n.ts',
    'a\u202egpj.ts',
    'x'.repeat(301),
  ])('has no path %j', (path) => {
    expect(issuesOf({ files: [file(path)] })?.map(([at]) => at)).toEqual(['files.0.path'])
  })

  test.each(['a', '.github/workflows/ci.yml', 'src/größe.kt', 'app/[id]/page.tsx', '.../x', 'a b.ts'])(
    'may have the path %j',
    (path) => {
      expect(issuesOf({ files: [file(path)] })).toBeUndefined()
    },
  )
})
