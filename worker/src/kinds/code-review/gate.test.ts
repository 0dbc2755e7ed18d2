import { describe, expect, test } from 'vitest'
import { example } from './example.ts'
import { gate } from './gate.ts'
import { request } from './prompt.ts'

const content = 'import { send } from "./mail"\n\nconst a = read()\nif (a == null) {\n  send(a)\n}\nclose(a)\n'
const base = {
  path: 'a.ts',
  line: 4,
  quote: 'if (a == null) {',
  category: 'bug',
  level: 'error',
  title: 'Loose',
  message: 'Is loose.',
}

type Input = Parameters<typeof request>[0]['input']
const judge = (elements: unknown[], input: Input = { files: [{ path: 'a.ts', content }] }, options = {}) =>
  gate({ elements, input, options, request: request({ input, options, delimiter: 'text-0f', marks: false }) })
const one = async (finding: object, input?: Input) => {
  const { result, dropped } = await judge([{ ...base, ...finding }], input)
  return result.findings[0] ?? dropped
}

describe('the gate of code reviews', () => {
  test('takes an answer without findings for a review', async () => {
    expect(await judge([{ summary: ' All is well. ' }])).toEqual({
      result: { summary: 'All is well.', findings: [] },
      dropped: {},
      surplus: 0,
    })
    expect((await judge([])).result).toEqual({ summary: '', findings: [] })
  })

  test('keeps the example of the prompt without a flag', async () => {
    const { file, answer } = example
    const { result } = await judge([{ summary: answer.summary }, ...answer.findings], { files: [file] })
    expect(result.findings).toMatchObject([{ flags: [], replacement: answer.findings[0]?.replacement }])
  })

  test.each([
    ['no object', 'x'],
    ['no quote', { ...base, quote: undefined }],
    ['an unknown category', { ...base, category: 'taste' }],
    ['a blank title', { ...base, title: ' ' }],
    ['U+0000', { ...base, message: 'x\u0000' }],
    ['a lone surrogate', { ...base, title: '\ud800' }],
  ])('drops %s as invalid', async (_what, element) => {
    expect((await judge([element])).dropped).toEqual({ invalid_shape: 1 })
  })

  test.each([
    ['a link', 'See https://evil.example/x.', 'foreign_link'],
    ['an image', 'See ![x](//evil.example/a.png)', 'foreign_link'],
    ['a script', 'See [x](javascript:alert(1))', 'foreign_link'],
    ['a tag that loads', '<img src="//evil.example/a">', 'foreign_link'],
    ['the delimiter', 'It said text-0f.', 'leaks_prompt'],
    ['a direction override', 'if \u202e(a', 'foreign_character'],
  ])('drops a message with %s that the code lacks', async (_what, message, reason) => {
    expect(await one({ message })).toEqual({ [reason]: 1 })
    const link = message.replace('.', '')
    if (reason === 'foreign_link') {
      const own = { files: [{ path: 'a.ts', content: `${content}// ${message} ${link}\n` }] }
      expect(await one({ message }, own)).toMatchObject({ path: 'a.ts' })
    }
  })

  test('writes category and level in their own form, and the title on one line', async () => {
    const finding = await one({ category: 'Error handling', level: 'WARNING', title: 'A\n title' })
    expect(finding).toMatchObject({ category: 'error_handling', level: 'warning', title: 'A title' })
  })

  test('shortens long titles and messages behind a word, and says so', async () => {
    const finding = await one({ title: 'word '.repeat(40), message: 'word '.repeat(400) })
    expect(finding).toMatchObject({ flags: ['shortened'], title: expect.stringMatching(/^(word )+word…$/) })
    expect([...(finding as { message: string }).message].length).toBeLessThanOrEqual(1000)
  })

  test('drops the same category at the same place again, but not at another equal place', async () => {
    const input = { files: [{ path: 'a.ts', content: `${content}\n\n\n\n\n\n${content}` }] }
    const { result, dropped } = await judge(
      [base, { ...base, title: 'Again' }, { ...base, line: 16 }, { ...base, category: 'style' }],
      input,
    )
    expect(dropped).toEqual({ duplicate: 1 })
    expect(result.findings.map(({ start_line }) => start_line)).toEqual([4, 17, 4])
    expect(new Set(result.findings.map(({ fingerprint }) => fingerprint)).size).toBe(3)
  })

  test('gives a finding the same fingerprint when its lines have moved and are indented otherwise', async () => {
    const moved = { files: [{ path: 'a.ts', content: `\n\n${content.replace(/^/gm, '    ')}` }] }
    const [before, after] = [await one({}), await one({ title: 'Other words' }, moved)]
    expect(after).toMatchObject({ start_line: 6, fingerprint: (before as { fingerprint: string }).fingerprint })
  })

  test('counts good findings above max_findings, and those that it did not look at', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => `call(${n})`)
    const elements = lines.map((quote, n) => ({ ...base, quote, line: n + 1 }))
    const found = await judge(elements, { files: [{ path: 'a.ts', content: lines.join('\n') }] }, { max_findings: 2 })
    expect([found.result.findings.length, found.surplus, found.dropped]).toEqual([2, 23, { too_many: 35 }])
  })
})

describe('a suggestion', () => {
  const json = { files: [{ path: 'a.json', content: '{\n  "a": 1\n}\n' }] }
  test.each([
    ['is kept', 'if (a === null) {', {}, 'if (a === null) {', []],
    ['is removed when it equals the quote', 'if (a == null) {  ', {}, null, ['suggestion_removed']],
    ['is nothing when it is blank', ' \n', {}, null, []],
    ['is removed with a foreign link', 'fetch("https://evil.example")', {}, null, ['suggestion_removed']],
    ['is removed with unseen characters', 'if (a === \u200bnull) {', {}, null, ['suggestion_removed']],
    ['is removed when it is too long', 'x'.repeat(10_001), {}, null, ['suggestion_removed']],
    [
      'gets the indentation of the file',
      'send(b)\n  .then(c)\n',
      { quote: 'send(a)', line: 5 },
      '  send(b)\n    .then(c)',
      [],
    ],
  ])('%s', async (_what, replacement, more, stored, flags) => {
    expect(await one({ replacement, ...more })).toMatchObject({ replacement: stored, flags })
  })

  test.each([
    ['breaks it', '  "a": 1,', null, ['suggestion_removed']],
    ['keeps it', '  "a": 2', '  "a": 2', []],
  ])('in JSON that %s', async (_what, replacement, stored, flags) => {
    const finding = { path: 'a.json', line: 2, quote: '  "a": 1', replacement }
    expect(await one(finding, json)).toMatchObject({ replacement: stored, flags })
  })

  test.each([
    ['a.ts', 'has an open brace', 'if (a === null) {\n  if (b) {', null],
    ['a.ts', 'closes too much', 'if (a === null) {}', null],
    ['a.mts', 'declares a name again', 'const a: string = read()\nif (a) {', null],
    ['a.ts', 'has types', 'if ((a as string | null) === null) {', 'if ((a as string | null) === null) {'],
    ['a.js', 'has types', 'if ((a as string | null) === null) {', null],
    ['a.jsx', 'has an element', 'if (<b>{a}</b>) {', 'if (<b>{a}</b>) {'],
    ['a.tsx', 'has an element that is open', 'if (<b>{a}) {', null],
    ['A.TSX', 'has an element', 'if (<b>{a}</b>) {', 'if (<b>{a}</b>) {'],
    ['a.py', 'has an open brace', 'if (a === null) {\n  if (b) {', 'if (a === null) {\n  if (b) {'],
  ])('in %s that %s', async (path, _what, replacement, stored) => {
    const flags = stored === null ? ['suggestion_removed'] : []
    const input = { files: [{ path, content }] }
    expect(await one({ path, replacement }, input)).toMatchObject({ replacement: stored, flags })
  })

  test('is judged by itself, each in its own file', async () => {
    const files = ['a.ts', 'b.ts', 'c.ts'].map((path) => ({ path, content: path === 'c.ts' ? `${content}{` : content }))
    const close = { quote: 'close(a)', line: 7, category: 'style' }
    const { result } = await judge(
      [
        { ...base, replacement: 'if (a) {{' },
        { ...base, ...close, replacement: 'close(b)' },
        { ...base, path: 'b.ts', replacement: 'if (b) {' },
        { ...base, ...close, path: 'b.ts', replacement: 'close((b)' },
        { ...base, ...close, path: 'c.ts', replacement: '}' },
      ],
      { files },
    )
    expect(result.findings.map(({ replacement }) => replacement)).toEqual([null, 'close(b)', 'if (b) {', null, '}'])
  })

  test('that is removed makes no identifier known', async () => {
    const message = 'Use `readAll`.'
    const known = await one({ message, replacement: 'if (readAll()) {' })
    expect([known, await one({ message, replacement: 'if (readAll() {' })]).toMatchObject([
      { flags: [] },
      { flags: ['unknown_identifier', 'suggestion_removed'] },
    ])
  })

  test('stays where the JSON was none before', async () => {
    const broken = { files: [{ path: 'a.json', content: '{\n  "a": 1\n' }] }
    expect(await one({ path: 'a.json', quote: '  "a": 1', line: 2, replacement: '  "a": 2,' }, broken)).toMatchObject({
      replacement: '  "a": 2,',
    })
  })
})

describe('a flag', () => {
  test.each([
    ['`readAll` may fail.', {}, ['unknown_identifier']],
    ['`read` may fail, `a.b` too.', {}, []],
    ['Use `readAll`.', { replacement: 'if (readAll()) {' }, []],
    ['Missing `validate`.', {}, []],
    ['Missing `send`.', {}, ['maybe_present']],
    ['`close` is never called.', {}, ['maybe_present']],
    ['`close` is called late.', {}, []],
  ])('of a message: %s', async (message, more, flags) => {
    expect(await one({ message, ...more })).toMatchObject({ flags })
  })

  const diff =
    'diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -3,2 +3,3 @@\n const a = read()\n-if (a) {\n--- sql\n+if (a == null) {\n   send(a)\n--- a/b.ts\n+++ b/b.ts\n@@ -1 +7 @@\n+x\n'
  test.each([
    ['a changed line', {}, []],
    ['a line beside the change', { quote: '  send(a)', line: 5 }, ['outside_diff']],
    ['a line that another file has changed', { quote: 'close(a)', line: 7 }, ['outside_diff']],
    ['a line around it', { quote: 'import { send } from "./mail"', line: 1 }, ['outside_diff']],
  ])('of a diff: %s', async (_what, more, flags) => {
    const input = { files: [{ path: 'a.ts', content }], diff }
    expect(await one(more, input)).toMatchObject({ flags })
  })
})

describe('code without a path', () => {
  const source_code = 'a()\nb()\nc()\na()\n'
  test('is found under whatever path the model names', async () => {
    expect(await one({ path: 'main.py', quote: 'b()', line: 1 }, { source_code })).toMatchObject({
      path: 'source_code',
      start_line: 2,
    })
  })

  test('is reviewed in its snippet alone, which also tells equal lines apart', async () => {
    const input = { source_code, code_snippet: 'c()\na()' }
    expect(await one({ quote: 'a()', line: null }, input)).toMatchObject({ start_line: 4 })
    expect(await one({ quote: 'b()', line: 2 }, input)).toEqual({ outside_snippet: 1 })
  })
})
