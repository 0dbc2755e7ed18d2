import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { exampleFinding, exampleReview } from '../../testing/example-finding.ts'
import { codeBlock, codeSpan, escapeMarkdown } from './escape-markdown.ts'
import { markdownOf } from './markdown.ts'

/** As a renderer would that lets HTML through. */
const render = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })

const textOf = (html: string): string =>
  html
    .replaceAll(/<\/?(?:p|code|pre|h1|h2)>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('\u200b', '')

const hostileParts = [
  ...[
    '`',
    '``',
    '```',
    '````',
    '~~~',
    '\n',
    '\n\n',
    '\\',
    ' ',
    '    ',
    '\t',
    '<',
    '>',
    '&',
    '&lt;',
    '&#60;',
    '*',
    '**',
    '_',
  ],
  ...[
    '[',
    ']',
    '(',
    ')',
    '](',
    '![',
    '[x]',
    '[^1]',
    '[a]: b',
    '#',
    '# ',
    '- ',
    '+ ',
    '1. ',
    '2)',
    '=',
    '===',
    '---',
    '|',
    '-|-',
  ],
  ...[
    ':-',
    '$',
    '~',
    '<script>alert(1)</script>',
    '<img src=x onerror=y>',
    '<!--',
    '-->',
    'https://evil.example/a',
    'www.evil.example',
  ],
  ...[
    'me@evil.example',
    '@everyone',
    '#1',
    'GH-1',
    'a',
    'B c',
    '😀',
    '\u2028',
    '\r',
    '\r\n',
    '<https://evil.example>',
    '{',
    '}',
    '!',
  ],
]
const hostile = fc.array(fc.constantFrom(...hostileParts), { maxLength: 12 }).map((parts) => parts.join(''))

/** The elements that a code review has, and no others. */
const tagsOf = (html: string): string[] => [
  ...new Set([...html.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, tag = '']) => tag)),
]

describe('words of a model in markdown', () => {
  test('become paragraphs and code, and nothing else, whatever they are', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = render(escapeMarkdown(text))
        expect(tagsOf(html).filter((tag) => tag !== 'p' && tag !== 'code')).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('are shown with all their letters, but for the backticks of code and white space', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const plain = (shown: string) => shown.replaceAll(/[`\s]/g, '')
        expect(plain(textOf(render(escapeMarkdown(text))))).toBe(plain(text))
      }),
      { numRuns: 500 },
    )
  })

  test('keep code in single backticks', () => {
    expect(render(escapeMarkdown('Use `a < b` and not `a_b_c`.'))).toBe(
      '<p>Use <code>a &lt; b</code> and not <code>a_b_c</code>.</p>',
    )
  })

  test.each(['@everyone', 'see #12', 'GH-12', '_www.evil.example', 'https://evil.example', 'a@evil.example'])(
    'name nobody and refer to nothing: %s',
    (text) => {
      expect(escapeMarkdown(text)).not.toMatch(/@\w|#\d|GH-\d|www\.|:\/\//)
    },
  )
})

describe('code in markdown', () => {
  test('cannot end its block', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = render(`${codeBlock(text)}\n\nAfter`)
        expect(html.match(/<pre>/g)).toHaveLength(1)
        expect(html.endsWith('\n<p>After</p>')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test.each(['a.ts', 'a`b.ts', '``', '`', '<b>.ts', 'a]b'])('of a path %j is one span', (path) => {
    expect(render(codeSpan(path)).match(/<code>/g)).toHaveLength(1)
    expect(textOf(render(codeSpan(path)))).toBe(path)
  })
})

describe('a code review as markdown', () => {
  test('has the summary, and each finding with its place, its code and its suggestion', () => {
    const { suggestion: _, ...other } = exampleFinding
    const findings = [exampleFinding, { ...other, start_line: 9, end_line: 9, quote: 'x' }]
    expect(markdownOf(exampleReview(findings))).toBe(
      [
        '# Code review\n\nOne remark.',
        '## Loose comparison\n\n`src/add.ts:2-3` (warning, error handling)',
        '```\n  if (a == b) {\n    return a\n```\n\nCompares with `==`.',
        'Suggestion:\n\n```\n  if (a === b) {\n    return a\n```',
        '## Loose comparison\n\n`src/add.ts:9` (warning, error handling)\n\n```\nx\n```\n\nCompares with `==`.',
        'Reviewed by openai/gpt-oss-120b.\n',
      ].join('\n\n'),
    )
  })

  test('says that there are no findings, and leaves out those that were rejected', () => {
    const rejected = { ...exampleFinding, status: 'rejected' as const }
    expect(markdownOf(exampleReview([rejected], null))).toBe(
      '# Code review\n\nNo findings.\n\nReviewed by openai/gpt-oss-120b.\n',
    )
  })

  test('has as many headings as findings, whatever the model wrote', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (title, message, quote) => {
        const finding = { ...exampleFinding, title, message, quote, suggestion: { replacement: quote } }
        const html = render(markdownOf(exampleReview([finding, finding], message)))
        expect(html.match(/<h[1-6]>/g)).toEqual(['<h1>', '<h2>', '<h2>'])
        expect(tagsOf(html).filter((tag) => !['h1', 'h2', 'p', 'pre', 'code'].includes(tag))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
